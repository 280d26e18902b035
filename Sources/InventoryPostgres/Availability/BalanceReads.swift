import Inventory
import InventoryService
import LibPQ
import Synchronization

/// Single balances, many of them with one statement.
///
/// Questions that come while a statement is under way wait for the next one and go with it together; nobody waits on
/// a timer. A statement takes along only questions that were asked before it was sent, so no answer is older than its
/// question.
final class BalanceReads: Sendable {
    struct Question: Sendable {
        let item: ItemReference
        let location: LocationID
        let filter: NetworkFilter
    }

    typealias Answer = Result<Found<BalanceView>, StoreError>

    private struct Waiting: Sendable {
        let question: Question
        /// Called once, on the thread of a connection, or at once where there is no room.
        let then: @Sendable (Answer) -> Void
    }

    private struct State {
        var waiting: [Waiting] = []
        /// Statements under way or about to be sent.
        var trips = 0
    }

    /// Questions of one statement.
    static let questionsPerTripMax = 256
    /// Statements at one time: as many as there are reading connections.
    static let tripsMax = 2
    /// A second statement is worth its cost only when this many wait already.
    static let waitingForAnotherTrip = 32
    /// Questions that may wait; one more is refused.
    static let waitingMax = 10_000
    private static let timeout: Duration = .seconds(5)

    private let pool: ConnectionPool
    private let state = Mutex(State())

    init(pool: ConnectionPool) { self.pool = pool }

    func answer(_ question: Question) async throws(StoreError) -> Found<BalanceView> {
        try await withCheckedContinuation { asker in
            answer(question) { asker.resume(returning: $0) }
        }.get()
    }

    /// The same for who cannot wait.
    /// - Parameter then: called once, on the thread of a connection, or at once where there is no room.
    func answer(_ question: Question, then: @escaping @Sendable (Answer) -> Void) {
        let admission: (isAdmitted: Bool, starts: Bool) = state.withLock { state in
            guard state.waiting.count < Self.waitingMax else { return (false, false) }
            state.waiting.append(Waiting(question: question, then: then))
            guard
                state.trips == 0
                    || state.trips < Self.tripsMax && state.waiting.count >= Self.waitingForAnotherTrip
            else { return (true, false) }
            state.trips += 1
            return (true, true)
        }
        if !admission.isAdmitted { then(.failure(.overloaded)) }
        if admission.starts { startTrip() }
    }

    private func startTrip() {
        pool.enqueue(timeout: Self.timeout) { [self] connection in
            switch connection {
            case .success(let session): makeTrip(on: session)
            // There is no connection for anybody: all who wait are told, not only as many as a trip takes.
            case .failure(let error):
                let waiting = state.withLock { state in
                    state.trips -= 1
                    return state.waiting.takeAll()
                }
                for asker in waiting { asker.then(.failure(StoreError(error))) }
            }
        }
    }

    /// On the connection's own thread.
    private func makeTrip(on session: Session) {
        let waiting = state.withLock { state in state.waiting.takeFirst(Self.questionsPerTripMax) }
        if !waiting.isEmpty {
            let result = Result { () throws(PQError) in try Self.ask(waiting.map(\.question), on: session) }
            switch result {
            case .success(let answers):
                for (asker, answer) in zip(waiting, answers) { asker.then(.success(answer)) }
            case .failure(.outcomeUnknown), .failure(.interrupted):
                // The connection was lost under a question that changes nothing: it is asked again, on a new one.
                return askAgain(waiting)
            case .failure(let error):
                for asker in waiting { asker.then(.failure(StoreError(error))) }
            }
        }
        let goesOn = state.withLock { state in
            if state.waiting.isEmpty { state.trips -= 1 }
            return !state.waiting.isEmpty
        }
        if goesOn { startTrip() }
    }

    private func askAgain(_ waiting: [Waiting]) {
        pool.enqueue(timeout: Self.timeout) { [self] connection in
            let result = connection.flatMap { session in
                Result { () throws(PQError) in try Self.ask(waiting.map(\.question), on: session) }
            }
            for (index, asker) in waiting.enumerated() {
                asker.then(
                    result.map { $0[index] }.mapError { $0 == .outcomeUnknown ? .unavailable : StoreError($0) })
            }
            let goesOn = state.withLock { state in
                if state.waiting.isEmpty { state.trips -= 1 }
                return !state.waiting.isEmpty
            }
            if goesOn { startTrip() }
        }
    }

    /// - Returns: one answer per question, same order.
    private static func ask(
        _ questions: [Question], on session: Session
    ) throws(PQError) -> [Found<BalanceView>] {
        let isPlain = questions.allSatisfy { $0.filter == NetworkFilter() }
        let rows = try session.query(isPlain ? .availabilityBalances : .availabilityNetworkBalances) {
            $0.texts(questions) { $0.item.system?.text }
            $0.texts(questions) { $0.item.text }
            $0.texts(questions) { $0.location.text }
            guard !isPlain else { return }
            $0.texts(questions) { $0.filter.group?.text }
            $0.texts(questions) { $0.filter.channel?.text }
            $0.texts(questions) { $0.filter.method?.rawValue }
            $0.texts(questions) { $0.filter.owner?.text }
        }
        var answers: [Found<BalanceView>?] = Array(repeating: nil, count: questions.count)
        for row in rows { answers[Int(ColumnReader<AskedBalanceColumn>(row).int8(.place)) - 1] = answer(row) }
        return answers.map { answer in
            guard let answer else { preconditionFailure("every question has a row") }
            return answer
        }
    }

    private static func answer(_ row: Row) -> Found<BalanceView> {
        if ColumnReader<AskedBalanceColumn>(row).bool(.isGroupUnknown) { return .failure(.group) }
        let view = ColumnReader<BalanceViewColumn>(row, from: AskedBalanceColumn.count)
        if view.isNull(.sku) { return .failure(.item) }
        if view.isNull(.location) { return .failure(.location) }
        return .success(BalanceView(row, from: AskedBalanceColumn.count))
    }
}

extension Array {
    fileprivate mutating func takeAll() -> Self {
        defer { self = [] }
        return self
    }

    fileprivate mutating func takeFirst(_ countMax: Int) -> Self {
        guard count > countMax else { return takeAll() }
        defer { removeFirst(countMax) }
        return Array(prefix(countMax))
    }
}
