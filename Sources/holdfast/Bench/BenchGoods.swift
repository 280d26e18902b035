import Foundation
import StrictJSON

/// An item at a location.
struct BenchPair: Sendable {
    let sku: String
    let location: String
}

/// What a measurement sells: items and a location of its own.
struct BenchGoods: Sendable {
    let pairs: [BenchPair]
    let dropped: BenchPair
    let source: String

    /// Units that all clients want.
    static let dropUnits = 200
    private static let items = 100
    private static let itemsAsked = 50

    /// Of what is in stock already; none where there is nothing.
    static func pairs(_ client: BenchClient) async throws -> [BenchPair] {
        let found = try await client.json(.init(path: "/v1/availability?limit=\(itemsAsked)"))
        var pairs: [BenchPair] = []
        for item in found["items"]?.elements ?? [] {
            guard let sku = item["sku"]?.string else { continue }
            let places = try await client.json(.init(path: "/v1/availability/\(sku.pathElement)?limit=20"))
            for place in places["locations"]?.elements ?? [] {
                if let location = place["location"]?.string { pairs.append(.init(sku: sku, location: location)) }
            }
        }
        return pairs
    }

    static func make(_ client: BenchClient, clients: Int) async throws -> BenchGoods {
        let run = "bench-\(UInt32.random(in: 0...UInt32.max))"
        let skus = (0..<items).map { "\(run)-\($0)" }
        func put(_ path: String, _ name: String) async throws {
            _ = try await client.json(.init(method: "PUT", path: path, body: "{\"name\":\"\(name)\"}"))
        }
        try await put("/v1/locations/\(run)", "Made by holdfast bench")
        for sku in skus + ["\(run)-drop"] { try await put("/v1/items/\(sku)", "Made by holdfast bench") }
        let lines = skus.map { receipt($0, run, units: 1_000_000) } + [receipt("\(run)-drop", run, units: dropUnits)]
        _ = try await client.json(
            .init(
                method: "POST", path: "/v1/movements",
                body: "{\"source\":\"\(run)\",\"lines\":[\(lines.joined(separator: ","))]}"))
        return BenchGoods(
            pairs: skus.map { .init(sku: $0, location: run) }, dropped: .init(sku: "\(run)-drop", location: run),
            source: run)
    }

    private static func receipt(_ sku: String, _ location: String, units: Int) -> String {
        """
        {"eventId":"in/\(sku)","type":"receipt","sku":"\(sku)","location":"\(location)","quantity":\(units)}
        """
    }

    /// Nobody shall be offered what was only made to be measured.
    func stop(_ client: BenchClient) async throws {
        _ = try await client.json(
            .init(
                method: "PATCH", path: "/v1/locations/\(source)", body: "{\"status\":\"closed\"}",
                contentType: "application/merge-patch+json"))
    }
}

extension BenchLoad {
    /// What a row sends, by the number of the request.
    struct Work: Sendable {
        let request: @Sendable (Int) -> BenchRequest

        static func getOne(_ pairs: [BenchPair]) -> Work {
            Work { number in
                let pair = pairs[number % pairs.count]
                return BenchRequest(path: "/v1/availability/\(pair.sku.pathElement)/\(pair.location.pathElement)")
            }
        }

        static func productPage(_ pairs: [BenchPair]) -> Work {
            Work { number in
                BenchRequest(path: "/v1/storefront/availability/\(pairs[number % pairs.count].sku.pathElement)")
            }
        }

        static func list(_ pairs: [BenchPair]) -> Work {
            Work { number in
                let asked = (0..<BenchRequest.pairsPerList).map { place in
                    let pair = pairs[(number + place) % pairs.count]
                    return "{\"sku\":\"\(pair.sku)\",\"location\":\"\(pair.location)\"}"
                }
                return BenchRequest(
                    method: "POST", path: "/v1/availability-queries",
                    body: "{\"pairs\":[\(asked.joined(separator: ","))]}")
            }
        }

        static func sale(_ goods: BenchGoods) -> Work { sales(goods, lines: 1, "s") }
        static func queue(_ goods: BenchGoods) -> Work { sales(goods, lines: BenchRequest.linesPerQueue, "q") }

        private static func sales(_ goods: BenchGoods, lines: Int, _ prefix: String) -> Work {
            Work { number in
                let sold = (0..<lines).map { place in
                    let pair = goods.pairs[(number + place) % goods.pairs.count]
                    return """
                        {"eventId":"\(prefix)\(number)/\(place)","type":"sale","sku":"\(pair.sku)","location":"\(pair.location)","quantity":1}
                        """
                }
                return BenchRequest(
                    method: "POST", path: "/v1/movements",
                    body: "{\"source\":\"\(goods.source)\",\"lines\":[\(sold.joined(separator: ","))]}")
            }
        }

        /// One unit of what all want.
        static func hold(_ goods: BenchGoods) -> Work {
            Work { number in
                BenchRequest(
                    method: "POST", path: "/v1/reservations",
                    body: """
                        {"method":"pickup","location":"\(goods.dropped.location)","owner":"\(goods.source)-\(number)",
                        "expiresInSeconds":60,"lines":[{"sku":"\(goods.dropped.sku)","quantity":1}]}
                        """, key: "\(goods.source)/drop/\(number)")
            }
        }
    }
}
