import Inventory
import Logging
import Synchronization

/// What is sent while the lease is held.
extension KafkaDispatcher {
    private typealias Page = EventBatch<RenderedEvent>

    /// Sends what there is, for a while. The next page is read while one is sent.
    func work(from start: EventCursor) async throws -> PeriodicPass {
        let ends = ContinuousClock.now + limits.turn
        var sent = 0
        var read = try await read(after: start)
        state.withLock { $0.looked = .now }
        while true {
            guard let page = try await passOverWhatIsGone(read) else { return PeriodicPass(items: sent) }
            let next: Result<Page, CursorExpired>?
            if page.events.isEmpty {
                guard try await pass(over: page.next) else { return PeriodicPass(items: sent) }
                next = page.hasMore ? try await self.read(after: page.next) : nil
            } else {
                state.withLock { $0.lastNews = .now }
                async let following = page.hasMore ? self.read(after: page.next) : nil
                guard try await send(page) else { return PeriodicPass(items: sent) }
                sent += page.events.count
                next = try await following
            }
            guard let next, !Task.isCancelled else { return PeriodicPass(items: sent) }
            guard .now < ends else { return PeriodicPass(items: sent, hasMore: true) }
            read = next
        }
    }

    private func read(after cursor: EventCursor) async throws(StoreError) -> Result<Page, CursorExpired> {
        try await feed.page(filter, after: cursor, limit: limits.pageEvents)
    }

    /// Nobody can send what is no longer kept, and standing still for ever would only lose more.
    /// - Returns: nil where the lease is lost.
    private func passOverWhatIsGone(_ read: Result<Page, CursorExpired>) async throws(StoreError) -> Page? {
        switch read {
        case .success(let page): return page
        case .failure(let expired):
            let cursor = state.withLock { $0.cursor } ?? expired.oldest
            var step = KafkaStep(cursor: expired.oldest)
            step.missing = max(expired.oldest.position - cursor.position, 0)
            logger.error(
                "the feed no longer keeps what was not sent to Kafka yet; consumers need a new snapshot",
                metadata: [
                    "after": "\(cursor)", "resumesAfter": "\(expired.oldest)", "positions": "\(step.missing)",
                ])
            guard try await record(step) else { return nil }
            return Page(events: [], next: expired.oldest, hasMore: true)
        }
    }

    /// Events that are not sent: now and then it is written how far they were passed over.
    /// - Returns: false where the lease is lost.
    private func pass(over next: EventCursor) async throws(StoreError) -> Bool {
        let (cursor, written) = state.withLock { ($0.cursor, $0.written) }
        guard let cursor, next > cursor else { return true }
        if ContinuousClock.now - written >= KafkaLimits.quietWriteEvery {
            return try await record(KafkaStep(cursor: next))
        }
        return true
    }

    /// Sends a page, in as many transactions as it takes.
    /// - Returns: false where the lease is lost.
    private func send(_ page: Page) async throws -> Bool {
        var records = page.events.map { KafkaRecord($0, mode: mode) }[...]
        while !records.isEmpty {
            let part = records.prefix(state.withLock { $0.limit })
            switch try await producer.send(Array(part)) {
            case .committed:
                records = records.dropFirst(part.count)
                var step = KafkaStep(cursor: records.isEmpty ? page.next : part.last?.event)
                step.sent = Int64(part.count)
                guard try await record(step) else { return false }
                tookEvents()
            case .tooLarge(let index, let reason):
                if let index {
                    guard try await setAside(records.remove(at: records.startIndex + index), reason) else {
                        return false
                    }
                } else if part.count == 1 {
                    guard try await setAside(records.removeFirst(), reason) else { return false }
                } else {
                    // It is one of them, or all together: then halves are taken.
                    state.withLock { $0.limit = part.count / 2 }
                }
                // Where the last one was too large, nothing is left to be sent that would write down how far it is.
                if records.isEmpty {
                    guard try await record(KafkaStep(cursor: page.next)) else { return false }
                }
            }
        }
        return true
    }

    private func setAside(_ record: KafkaRecord, _ reason: String) async throws(StoreError) -> Bool {
        let letter = KafkaDeadLetter(record, error: reason)
        logger.error(
            "Kafka does not take an event of this size; it is left out, and stands in kafka_dead_letter",
            metadata: ["event": "\(letter.event)", "type": "\(letter.type)", "bytes": "\(letter.bytes)"])
        var step = KafkaStep(cursor: nil)
        step.deadLetter = letter
        return try await self.record(step)
    }

    private func tookEvents() {
        let worksAgain = state.withLock { state in
            state.limit = min(state.limit * 2, limits.pageEvents)
            defer { state.isFailing = false }
            return state.isFailing
        }
        if worksAgain { logger.notice("Kafka takes events again") }
    }

    /// - Returns: false where the lease is lost.
    private func record(_ step: KafkaStep) async throws(StoreError) -> Bool {
        guard try await store.record(step, of: lease) else {
            await lose()
            return false
        }
        let now = ContinuousClock.now
        state.withLock { state in
            (state.renewed, state.written) = (now, now)
            if let cursor = step.cursor { state.cursor = cursor }
        }
        return true
    }
}
