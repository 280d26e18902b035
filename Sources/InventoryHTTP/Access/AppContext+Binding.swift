import Hummingbird
import Inventory
import InventoryService

/// How operations that are `held` in `api/access.yaml` keep a client to the locations and sources that it is bound to.
/// Each asks before anything is read, so that neither an answer nor its time tells what there is elsewhere.
extension AppContext {
    /// Of an operation that several scopes open, and that needs one of them for what it is asked.
    func require(_ scope: Scope) throws {
        guard !caller.scopes.contains(scope) else { return }
        throw Problem(needing: Scopes([scope]))
    }

    private var binding: AccessBinding { caller.binding }

    /// A path element as a location. One that the client may not see is not found, as one that there is not.
    func location(_ name: String) throws -> LocationID {
        let id = try identifier(name, LocationKind.self)
        guard binding.allows(id) else { throw Problem.notFound("location has the id '\(id)'") }
        return id
    }

    /// A path element as a source, likewise.
    func source(_ name: String) throws -> SourceID {
        let id = try identifier(name, SourceKind.self)
        guard binding.allows(id) else { throw Problem.notFound("source has the id '\(id)'") }
        return id
    }

    /// Whether the client may see an object at these locations: all of them, since it shows all.
    func sees(_ locations: some Sequence<LocationID>) -> Bool {
        binding.locations == nil || locations.allSatisfy(binding.allows)
    }

    /// Whether it may see an object at a location, of a source. One without a location, or a source, is everybody's, and so
    /// not that of a client that is bound to some.
    func sees(at location: LocationID?, of source: SourceID?) -> Bool {
        (binding.locations == nil || location.map(binding.allows) ?? false)
            && (binding.sources == nil || source.map(binding.allows) ?? false)
    }

    /// Of a list over locations: a bound client names one of its own.
    func requireOwn(location: LocationID?, parameter: String = "location") throws {
        guard binding.locations == nil || location.map(binding.allows) ?? false else {
            throw Problem.notBound(parameter: parameter, to: "locations")
        }
    }

    /// Of a list over sources.
    func requireOwn(source: SourceID?, parameter: String = "source") throws {
        guard binding.sources == nil || source.map(binding.allows) ?? false else {
            throw Problem.notBound(parameter: parameter, to: "sources")
        }
    }

    /// Of a list over sources that cannot be asked for by source.
    func requireAnySource() throws {
        guard binding.sources == nil else {
            throw Problem(
                .forbidden, "this is about all sources, and the client is bound to some; use a client that is not bound"
            )
        }
    }

    /// Of a body: nothing of it is kept when it names a source or a location that the client is not bound to.
    /// - Parameter locations: what it names, and where.
    func requireOwn(source: SourceID? = nil, _ locations: some Sequence<(pointer: String, location: LocationID)>) throws
    {
        if let source, !binding.allows(source) { throw Problem.notBound(pointers: ["/source"], to: "sources") }
        guard binding.locations != nil else { return }
        let others = locations.filter { !binding.allows($0.location) }.map(\.pointer)
        if !others.isEmpty { throw Problem.notBound(pointers: others, to: "locations") }
    }

    /// The same of lines of facts, those too that cannot be meant: what such a line names is read all the same, since it is kept.
    /// - Parameters:
    ///   - codes: what the lines' location codes mean; one that is not there means no location of the client's.
    ///   - pointer: of a line, by its place among the lines.
    func requireOwn(
        source: SourceID, lines: [SubmittedLine], codes: [LocationReference: LocationID] = [:],
        pointer: (Int) -> String = { "/lines/\($0)" }
    ) throws {
        guard binding.isBound else { return }
        if !binding.allows(source) { throw Problem.notBound(pointers: ["/source"], to: "sources") }
        guard binding.locations != nil else { return }
        var others: [String] = []
        for (index, line) in lines.enumerated() {
            // Who says that units are at another place speaks for that place too.
            for place in line.places {
                let reference = place.reference
                guard !(reference.id ?? codes[reference]).map(binding.allows, default: false) else { continue }
                others.append("\(pointer(index))/\(place.field)")
            }
        }
        if !others.isEmpty { throw Problem.notBound(pointers: others, to: "locations") }
    }

    /// Location codes that one request of a bound client may name: each is looked up before its lines are taken.
    static let boundCodesMax = 50

    /// Whether `locationCodes` has anything to look up.
    func mustLookUpCodes(of lines: [SubmittedLine]) -> Bool {
        binding.locations != nil
            && lines.contains { $0.places.contains { $0.reference.id == nil } }
    }

    /// What the location codes of lines mean, for a client that is bound to locations; of others nobody asks.
    func locationCodes(
        of lines: [SubmittedLine], from source: SourceID, in master: CatalogService
    ) async throws -> [LocationReference: LocationID] {
        guard binding.locations != nil else { return [:] }
        var asked: Set<LocationReference> = []
        for place in lines.lazy.flatMap(\.places) where place.reference.id == nil { asked.insert(place.reference) }
        guard asked.count <= Self.boundCodesMax else {
            throw Problem.invalid([
                .init(
                    pointer: "/lines",
                    detail:
                        "name more than \(Self.boundCodesMax) location codes; send them in parts, or name locations by id"
                )
            ])
        }
        var known: [LocationReference: LocationID] = [:]
        for place in asked { known[place] = try await master.location(meantBy: place, from: source) }
        return known
    }
}

extension SubmittedLine {
    /// All places that it names.
    fileprivate var places: [LineNames.Place] {
        guard case .fact(let fact, _) = content else { return names?.places ?? [] }
        return [("location", fact.place), ("toLocation", fact.change.destination)].compactMap { field, place in
            place.map { .init(field: $0.id == nil ? "\(field)Code" : field, reference: $0) }
        }
    }
}

extension Optional {
    fileprivate func map<T>(_ transform: (Wrapped) -> T, default fallback: T) -> T { map(transform) ?? fallback }
}
