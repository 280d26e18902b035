import Synchronization

/// How many event streams are open: of all clients, and of each. A stream is no request under way, or a client that listens
/// could ask for nothing else.
final class StreamPlaces: Sendable {
    private struct State {
        var open = 0
        var openToPublic = 0
        /// No more than streams are open.
        var byClient: [LimitedClient: Int] = [:]
    }

    private let max: Int
    private let perClientMax: Int?
    private let state = Mutex(State())

    init(max: Int, perClientMax: Int?) {
        self.max = max
        self.perClientMax = perClientMax
    }

    /// - Parameters:
    ///   - client: whose stream it is; nil where that cannot be told. Shoppers, who all have their shop's key, are counted by
    ///     their addresses.
    ///   - isPublic: it shows what shoppers may see. All such streams together leave a fifth of the places to others.
    /// - Throws: `Problem`, where there is no place.
    func take(_ client: LimitedClient?, isPublic: Bool) throws -> StreamPlace {
        let problem: Problem? = state.withLock { state in
            if let client, let perClientMax, state.byClient[client, default: 0] >= perClientMax {
                return .tooManyStreams(perClientMax)
            }
            guard state.open < max, !isPublic || state.openToPublic < max * 4 / 5 else { return .noPlaceForStream }
            state.open += 1
            if isPublic { state.openToPublic += 1 }
            if let client { state.byClient[client, default: 0] += 1 }
            return nil
        }
        if let problem { throw problem }
        return StreamPlace(self, client, isPublic: isPublic)
    }

    /// Streams that are open.
    var taken: Int { state.withLock { $0.open } }

    fileprivate func giveBack(_ client: LimitedClient?, isPublic: Bool) {
        state.withLock { state in
            state.open -= 1
            if isPublic { state.openToPublic -= 1 }
            guard let client, let count = state.byClient[client] else { return }
            state.byClient[client] = count > 1 ? count - 1 : nil
        }
    }
}

/// The place of one stream, which whoever drops it gives back.
final class StreamPlace: Sendable {
    private let places: StreamPlaces
    private let client: LimitedClient?
    private let isPublic: Bool
    private let isGivenBack = Atomic(false)

    fileprivate init(_ places: StreamPlaces, _ client: LimitedClient?, isPublic: Bool) {
        self.places = places
        self.client = client
        self.isPublic = isPublic
    }

    deinit { giveBack() }

    /// Once; what follows does nothing.
    func giveBack() {
        guard !isGivenBack.exchange(true, ordering: .relaxed) else { return }
        places.giveBack(client, isPublic: isPublic)
    }
}

extension Problem {
    fileprivate static func tooManyStreams(_ max: Int) -> Problem {
        var problem = Problem(
            .rateLimited,
            "this client has \(max) event streams open, and may have no more at one time; close one, or share one")
        problem.retryAfterSeconds = 30
        return problem
    }

    fileprivate static var noPlaceForStream: Problem {
        var problem = Problem(
            .overloaded, "this process has as many event streams as it may have; send the same request again")
        problem.retryAfterSeconds = 10
        return problem
    }
}
