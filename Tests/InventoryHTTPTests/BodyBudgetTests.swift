import Foundation
import HummingbirdTesting
import InventoryHTTP
import StrictJSON
import TestSupport
import Testing

/// Bodies of many clients in one bounded room.
@Suite struct BodyBudgetTests {
    private static func head(_ length: Int, _ path: String = "/v1/movements", type: String = "application/json")
        -> String
    {
        "POST \(path) HTTP/1.1\r\nHost: a\r\nContent-Type: \(type)\r\nContent-Length: \(length)\r\n\r\n"
    }

    @Test func `what is only announced takes no room`() async throws {
        var limits = HTTPLimits()
        limits.bodiesBytesMax = 64 << 10
        try await TestServer.run(limits: limits) { server async throws in
            var attackers: [RawConnection] = []
            for number in 0..<40 {
                let attacker = try RawConnection(port: server.client.port)
                switch number % 3 {
                case 0: attacker.say(Self.head(8 << 20) + "{")
                case 1:
                    attacker.say(
                        "POST /v1/movements HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                            + "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n")
                default:
                    attacker.say(Self.head(100 << 20, "/v1/imports?kind=items", type: "text/csv") + "sku,")
                }
                attackers.append(attacker)
            }
            try await Task.sleep(for: .milliseconds(100))
            for number in 0..<20 {
                let answer = try await server.put("/v1/items/I\(number)", "{\"name\":\"x\"}")
                #expect(answer.status == 201, "\(answer.body)")
            }
            #expect(attackers.count == 40)
        }
    }

    @Test func `what has arrived is bounded, and small bodies keep room of their own`() async throws {
        var limits = HTTPLimits()
        limits.bodiesBytesMax = 256 << 10
        try await TestServer.run(limits: limits) { server async throws in
            // Seven of eight parts of the room are for everybody.
            func sendLarge() throws -> RawConnection {
                let large = try RawConnection(port: server.client.port)
                large.say(Self.head(300 << 10) + "{" + String(repeating: " ", count: 200 << 10))
                return large
            }
            var large = try sendLarge()
            let body = "{\"name\":\"x\"" + String(repeating: " ", count: 40 << 10) + "}"
            // What it sends arrives in its time. Where a body that is worked on meanwhile leaves it no room, it is sent again.
            let isFull = try await eventually {
                let status = try await server.put("/v1/items/A", body).status
                guard await large.answers(1, within: 1).statuses.isEmpty else {
                    large = try sendLarge()
                    return false
                }
                return status == 503
            }
            #expect(isFull)
            let refused = try await server.put("/v1/items/A", body)
            #expect(refused.status == 503 && refused.code == "overloaded", "\(refused.body)")
            #expect(try await server.put("/v1/items/B", "{\"name\":\"x\"}").status == 201)
            // Whoever hangs up makes room.
            large.reset()
            #expect(try await eventually { try await server.put("/v1/items/A", body).status != 503 })
            #expect(try await server.put("/v1/items/A", body).status == 200)
        }
    }

    @Test func `many clients that send in chunks are all served`() async throws {
        var limits = HTTPLimits()
        limits.bodiesBytesMax = 1 << 20
        try await TestServer.run(limits: limits) { server async throws in
            let port = server.client.port
            try await withThrowingTaskGroup(of: [Int].self) { group in
                for client in 0..<24 {
                    group.addTask {
                        let connection = try RawConnection(port: port)
                        for number in 0..<10 {
                            let body = "{\"source\":\"c\",\"lines\":[\(sale("\(client)/\(number)"))]}"
                            let last = number == 9 ? "Connection: close\r\n" : ""
                            connection.say(
                                "POST /v1/movements HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n\(last)"
                                    + "Transfer-Encoding: chunked\r\n\r\n"
                                    + "\(String(body.utf8.count, radix: 16))\r\n\(body)\r\n0\r\n\r\n")
                        }
                        return await connection.answers().statuses
                    }
                }
                for try await statuses in group { #expect(statuses == Array(repeating: 200, count: 10)) }
            }
        }
    }
}
