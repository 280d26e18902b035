import Hummingbird
import Inventory

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
    func requireOwn(source: SourceID, lines: [SubmittedLine]) throws {
        guard binding.isBound else { return }
        try requireOwn(
            source: source,
            lines.enumerated().flatMap { index, line -> [(pointer: String, location: LocationID)] in
                guard case .fact(let fact, _) = line.content else { return [] }
                let here = (pointer: "/lines/\(index)/location", location: fact.location)
                // Who says that units are at another place speaks for that place too.
                guard let there = fact.change.destination else { return [here] }
                return [here, (pointer: "/lines/\(index)/toLocation", location: there)]
            })
    }
}
