package import Inventory

/// What stores have to tell, in no order, and what is true when all of it is told.
package struct StoreHistory: Sendable {
    /// A fact, or a complete count with its lines.
    package enum Report: Sendable {
        case fact(FactLine, source: SourceID)
        case completeCount(CountPosition, location: LocationID, lines: [FactLine])
    }

    package var reports: [Report]

    package static let items = ["A", "B"]
    package static let places = ["L", "M"].map(LocationID.init(stored:))
    package static let sources = ["till", "wms"].map(SourceID.init(stored:))

    /// - Parameter instants: few, so that many things happen at once.
    package static func random(_ generator: inout SeededGenerator, instants: [Timestamp]) -> StoreHistory {
        let reports = (0..<Int.random(in: 12...40, using: &generator)).map { number -> Report in
            let event = EventID(stored: "e\(number)")
            let source = generator.pick(sources)
            let place = generator.pick(places)
            let at = generator.pick(instants)
            func count(_ event: EventID, _ counted: CountedBucket) -> FactLine {
                let quantity = CountedQuantity(units: Int64.random(in: 0...9, using: &generator)) ?? .none
                return FactLine(
                    eventID: event, item: .sku(SKU(stored: generator.pick(items))), location: place,
                    change: .count(CountStatement(bucket: counted, quantity: quantity)), occurredAt: at)
            }
            switch Int.random(in: 0..<10, using: &generator) {
            case 0:
                let lines = (0..<Int.random(in: 0...2, using: &generator)).map { count(event.line("\($0)"), .onHand) }
                return .completeCount(
                    CountPosition(at: at, source: source, event: event), location: place, lines: lines)
            case 1...3:
                let counted = generator.isOne(in: 4) ? generator.pick(CountedBucket.allCases) : .onHand
                return .fact(count(event, counted), source: source)
            default:
                var fact = FactLine.random(&generator)
                fact.eventID = event
                fact.item = .sku(SKU(stored: generator.pick(items)))
                fact.location = place
                fact.occurredAt = at
                return .fact(fact, source: source)
            }
        }
        return StoreHistory(reports: reports)
    }

    /// The naive truth: for any instant, what the last count until then said, and what happened since.
    package struct Truth: Sendable {
        private struct Count: Sendable {
            let position: CountPosition
            /// Nil: every item of the location.
            let item: String?
            let location: LocationID
            let counted: CountedBucket
            var quantity: Int64
        }

        private struct Move: Sendable {
            let item: String
            let location: LocationID
            let bucket: Bucket
            let at: Timestamp
            let units: Int64
        }

        private var moves: [Move] = []
        private var counts: [Count] = []

        fileprivate init(_ history: StoreHistory) {
            for report in history.reports {
                switch report {
                case .fact(let fact, let source): add(fact, source)
                case .completeCount(let position, let location, let lines):
                    counts.append(
                        Count(position: position, item: nil, location: location, counted: .onHand, quantity: 0))
                    for line in lines { add(line, position.source) }
                }
            }
        }

        private mutating func add(_ fact: FactLine, _ source: SourceID) {
            guard case .sku(let sku) = fact.item, let at = fact.occurredAt else { return }
            if case .count(let statement) = fact.change {
                counts.append(
                    Count(
                        position: CountPosition(at: at, source: source, event: fact.eventID.reported), item: sku.text,
                        location: fact.location, counted: statement.bucket, quantity: statement.quantity.units))
                return
            }
            if case .transfer(let bucket, let quantity, let to) = fact.change {
                for (location, units) in [(fact.location, -quantity.units), (to.id ?? fact.location, quantity.units)] {
                    moves.append(Move(item: sku.text, location: location, bucket: bucket, at: at, units: units))
                }
                return
            }
            guard let posting = fact.change.posting(unitsEach: 1) else { return }
            for bucket in posting.buckets {
                moves.append(
                    Move(
                        item: sku.text, location: fact.location, bucket: bucket, at: at,
                        units: posting.units(in: bucket)))
            }
        }

        package func units(_ item: String, _ location: LocationID, _ bucket: Bucket, at instant: Timestamp) -> Int64 {
            let seen = counts.filter {
                $0.counted == bucket.settledBy && $0.location == location && ($0.item ?? item) == item
                    && $0.position.at <= instant
            }
            let last = seen.map(\.position).max()
            // Lines of one count for one item add up, to what a complete count says of what it does not list: nothing.
            let stated = seen.filter { $0.position == last }.reduce(0) { $0 + $1.quantity }
            let moved = moves.filter { move in
                move.item == item && move.location == location && move.bucket == bucket && move.at <= instant
                    && (last.map { move.at > $0.at } ?? true)
            }
            return (bucket == .suspect ? 0 : stated) + moved.reduce(0) { $0 + $1.units }
        }
    }

    package var truth: Truth { Truth(self) }
}
