import Foundation
import Hummingbird
import HummingbirdTesting
import InventoryHTTP
import InventoryService
import TestSupport
import Testing

/// What was answered, in order, without what differs from one second or one database to the next.
struct BothWays {
    let lane: [String]
    let router: [String]
}

func bothWays(
    limits: ClientLimits = .none, asks: Bool = false, hasStarted: Bool = true,
    _ body: @escaping @Sendable (TestServer) async throws -> [String]
) async throws -> BothWays {
    var answers: [[String]] = []
    for hasFastLane in [true, false] {
        let found = Recorded()
        try await TestServer.run(
            clientLimits: limits, hasStarted: hasStarted, corsOrigins: ["https://shop.example"],
            hasFastLane: hasFastLane,
            access: { shop in asks ? Authenticator(keys: shop.apiKeys, tokens: nil, uses: APIKeyUses()) : nil }
        ) { server async throws in
            await found.set(try await body(server))
        }
        answers.append(await found.texts)
    }
    return BothWays(lane: answers[0], router: answers[1])
}

private actor Recorded {
    var texts: [String] = []

    func set(_ texts: [String]) { self.texts = texts }
}

func compareBothWays(_ requests: String..., sourceLocation: SourceLocation = #_sourceLocation) async throws {
    let both = try await bothWays { server in
        try await stockOfKits(server)
        return try await ask(server, requests)
    }
    for (request, (lane, router)) in zip(requests, zip(both.lane, both.router)) {
        #expect(lane == router, "\(request)", sourceLocation: sourceLocation)
        #expect(lane.hasPrefix("HTTP/1.1 "), "\(request)", sourceLocation: sourceLocation)
    }
}

/// A and B at L and M, and a kit of A.
func stockOfKits(_ server: TestServer) async throws {
    for sku in ["A", "B"] { try await server.shop.addItem(sku) }
    for location in ["L", "M"] { try await server.shop.addLocation(location) }
    _ = try await server.put("/v1/items/KIT", "{\"name\":\"Kit\",\"components\":[{\"sku\":\"A\",\"quantity\":2}]}")
    _ = try await server.facts(receipt("in/A/L", "A", "L", 5), receipt("in/A/M", "A", "M", 3))
}

/// Each on a connection of its own.
func ask(_ server: TestServer, _ requests: [String]) async throws -> [String] {
    var answers: [String] = []
    for request in requests {
        let connection = try RawConnection(port: server.client.port)
        connection.say(request)
        // A head without a body says how long it would be.
        let isHead = request.hasPrefix("HEAD")
        let answer = await connection.answers { bytes in
            isHead ? bytes.suffix(4) == Array("\r\n\r\n".utf8)[...] : RawConnection.wholeAnswers(bytes) >= 1
        }
        answers.append(comparable(answer.text))
    }
    return answers
}

func comparable(_ text: String) -> String {
    text.replacing(/Date: [A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT/, with: "Date")
        .replacing(/Content-Length: [1-9]\d*/, with: "Content-Length")
        .replacing(/\d{4}-\d\d-\d\dT[0-9:.]+Z/, with: "<time>")
        .replacing(/[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F-]{22}/, with: "<id>")
        .replacing(/"pickup":\{"code":"[^"]*"/, with: "\"pickup\":{\"code\":")
        .replacing(/"lagSeconds":\d+/, with: "\"lagSeconds\"")
        .replacing(/"sequence":\d+/, with: "\"sequence\"")
}

func status(_ answer: String) -> String { String(answer.dropFirst("HTTP/1.1 ".count).prefix(3)) }
