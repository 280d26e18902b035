package import Inventory
import InventoryWire
import StrictJSON

/// The stages of the write path between the sockets, each on data like a till's. SHA-256 is left out: a hash that
/// costs nothing stands in for it, since nobody here can make SHA-256 faster.
package enum HotPaths {
    package static let linesMax = 100

    /// The body of a request with `lines` sales.
    package static func body(lines: Int) -> [UInt8] {
        let lines = (0..<lines).map { number in
            """
            {"eventId":"2026-01-15/TX12345/\(number)","type":"sale","sku":"sku-\(100_000 + number)",\
            "location":"loc-0367","quantity":2,"occurredAt":"2026-01-15T10:45:00Z","reference":"TX12345"}
            """
        }
        return Array("{\"source\":\"pos-367\",\"lines\":[\(lines.joined(separator: ","))]}".utf8)
    }

    /// Text to values.
    package static func parse(_ body: [UInt8]) -> Int {
        guard let document = try? JSONDocument(parsing: body) else { preconditionFailure("the body is JSON") }
        return document.root.isObject ? 1 : 0
    }

    /// Text to checked facts.
    package static func read(_ body: [UInt8]) -> [SubmittedLine] {
        guard let document = try? JSONDocument(parsing: body) else { preconditionFailure("the body is JSON") }
        var reader = ObjectReader(document.root, ProblemCollector())
        let lines = reader?.array("lines", count: 1...5_000) ?? []
        let lineReader = FactLineReader(codeSystem: nil, hash: noHash)
        return lines.map(lineReader.read)
    }

    /// Facts of sales on balances that are known.
    package static func snapshot(of lines: [SubmittedLine]) -> Snapshot {
        let command = FactCommand(source: SourceNumber(1), sourceID: SourceID(stored: "till"), lines: lines)
        var snapshot = Snapshot()
        for (number, name) in [Command.facts(command)].names.enumerated() {
            let key = BalanceKey(item: ItemNumber(Int64(number + 1)), location: LocationNumber(1))
            guard case .sku(let sku) = name.item else { continue }
            snapshot.names[name] = .known(
                KnownName(
                    key: key, sku: sku, location: name.place.id ?? LocationID(stored: "?"), unitsPerCode: .one,
                    itemStatus: .active,
                    isEligible: true))
            snapshot.balances[key] = Balance()
        }
        return snapshot
    }

    /// Facts to changes.
    package static func judge(_ snapshot: Snapshot, _ lines: [SubmittedLine]) -> Decision {
        let commands = lines.map {
            Command.facts(FactCommand(source: SourceNumber(1), sourceID: SourceID(stored: "till"), lines: [$0]))
        }
        return decide(snapshot, commands, now: Timestamp(microseconds: 1_780_000_000_000_000), hash: noHash)
    }

    /// One balance as an answer shows it.
    package static func answer() -> [UInt8] {
        var writer = JSONWriter()
        writer.object {
            $0.field("sku", "sku-100001")
            $0.field("location", "loc-0367")
            for name in ["onHand", "reserved", "safetyStock", "damaged", "inspection", "suspect"] as [StaticString] {
                $0.field(name, Int64(1_234))
            }
            $0.field("band", "inStock")
            $0.field("eligible", true)
            $0.field("version", Int64(17))
            $0.field("lastCountedAt", nil as String?)
            let asOf = Timestamp(microseconds: 1_780_000_000_123_456)
            $0.field("asOf", plainAtMost: Timestamp.textSizeMax) { asOf.write(to: $0) }
        }
        return writer.bytes
    }

    /// Orders of 12 lines over 50 locations, by each objective in turn; half of them may ship from four at most.
    package static let orders: [SourcingProblem] = {
        var state: UInt64 = 1
        func random(_ below: Int64) -> Int64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int64(state >> 33) % below
        }
        return (0..<100).map { number in
            SourcingProblem(
                objective: SourcingObjective.allCases[number % SourcingObjective.allCases.count],
                locationsMax: number % 2 == 0 ? 50 : 4, demands: (0..<12).map { _ in 1 + random(3) },
                candidates: (0..<50).map { place in
                    SourcingCandidate(
                        location: LocationID(stored: "L\(place)"), distanceMetres: random(800_000),
                        cost: Money(amount: 300 + random(900), currency: "EUR"), priority: random(20),
                        supplies: (0..<12).map { _ in random(3) == 0 ? 0 : random(6) },
                        dailySales: (0..<12).map { _ in Double(random(30)) / 10 })
                })
        }
    }()

    /// Where one order ships from.
    package static func plan(_ order: SourcingProblem) -> Int { order.plan()?.picks.count ?? 0 }

    package static let noHash = Hash { bytes in
        let words = (UInt64(bytes.last ?? 0), UInt64(bytes.count), UInt64(0), UInt64(0))
        guard let digest = withUnsafeBytes(of: words, { Digest($0) }) else {
            preconditionFailure("a digest has 32 bytes")
        }
        return digest
    }
}
