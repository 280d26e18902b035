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

    /// The same of lines of facts. What cannot be read names nothing, and is answered as such.
    /// - Parameter codes: what the lines' location codes mean; one that is not there means no location of the client's.
    func requireOwn(
        source: SourceID, lines: [SubmittedLine], codes: [LocationReference: LocationID] = [:]
    ) throws {
        guard binding.isBound else { return }
        if !binding.allows(source) { throw Problem.notBound(pointers: ["/source"], to: "sources") }
        guard binding.locations != nil else { return }
        var others: [String] = []
        for (index, line) in lines.enumerated() {
            guard case .fact(let fact, _) = line.content else { continue }
            // Who says that units are at another place speaks for that place too.
            for (name, place) in [("location", fact.place), ("toLocation", fact.change.destination)] {
                guard let place, !(place.id ?? codes[place]).map(binding.allows, default: false) else { continue }
                others.append("/lines/\(index)/\(name)\(place.id == nil ? "Code" : "")")
            }
        }
        if !others.isEmpty { throw Problem.notBound(pointers: others, to: "locations") }
    }

    /// Location codes that one request of a bound client may name: each is looked up before its lines are taken.
    static let boundCodesMax = 50

    /// Whether `locationCodes` has anything to look up.
    func mustLookUpCodes(of lines: [SubmittedLine]) -> Bool {
        binding.locations != nil
            && lines.contains { line in
                guard case .fact(let fact, _) = line.content else { return false }
                return [fact.place, fact.change.destination].contains { $0.map { $0.id == nil } ?? false }
            }
    }

    /// What the location codes of lines mean, for a client that is bound to locations; of others nobody asks.
    func locationCodes(
        of lines: [SubmittedLine], from source: SourceID, in master: CatalogService
    ) async throws -> [LocationReference: LocationID] {
        guard binding.locations != nil else { return [:] }
        var asked: Set<LocationReference> = []
        for case .fact(let fact, _) in lines.lazy.map(\.content) {
            for place in [fact.place, fact.change.destination] {
                if let place, place.id == nil { asked.insert(place) }
            }
        }
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

extension Optional {
    fileprivate func map<T>(_ transform: (Wrapped) -> T, default fallback: T) -> T { map(transform) ?? fallback }
}
