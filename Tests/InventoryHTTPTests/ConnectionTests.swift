import Foundation
import Hummingbird
import HummingbirdTesting
import InventoryHTTP
import StrictJSON
import TestSupport
import Testing

/// What clients do with a connection beside sending sound requests on it.
@Suite struct ConnectionTests {
    private static let head = "Host: localhost\r\nContent-Type: application/json\r\n"

    @Test(arguments: [
        "GET /v1/items HTTP/1.1\r\nHost localhost\r\n\r\n",
        "GET /v1/items\r\n\r\n",
        "GET /v1/items HTTP/1.1\r\nHost: localhost\r\nX: a\u{0}b\r\n\r\n",
        "POST /v1/movements HTTP/1.1\r\n\(head)Content-Length: many\r\n\r\n{}",
        "POST /v1/movements HTTP/1.1\r\n\(head)Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        "POST /v1/movements HTTP/1.1\r\n\(head)Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
        "POST /v1/movements HTTP/1.1\r\n\(head)Transfer-Encoding: chunked\r\n\r\n5\r\n{}\r\n0\r\n\r\nmore",
        "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}",
    ])
    func `framing that cannot be read is a 400 and the end of the connection, and no alarm`(bytes: String) async throws
    {
        let log = LogRecorder()
        try await TestServer.run(logger: log.logger) { server async throws in
            let connection = try RawConnection(port: server.client.port)
            connection.say(bytes)
            let answers = await connection.answers()
            #expect(answers.statuses == [400], "\(answers.text)")
            #expect(answers.isClosed)
            #expect(answers.text.contains("application/problem+json"), "\(answers.text)")
            #expect(answers.text.contains("invalidRequest"), "\(answers.text)")
            #expect(answers.text.lowercased().contains("connection: close"), "\(answers.text)")
        }
        #expect(log.alarming == [])
    }

    @Test(arguments: [
        "POST /v1/movements HTTP/1.1\r\n\(head)Content-Length: 100\r\n\r\n{\"source\":\"t\"",
        "POST /v1/movements HTTP/1.1\r\n\(head)Transfer-Encoding: chunked\r\n\r\n5\r\n{\"sou",
        "PUT /v1/import-mappings/m HTTP/1.1\r\nHost: a\r\nContent-Type: text/yaml\r\nContent-Length: 100\r\n\r\nkind: items",
        "POST /v1/imports?kind=items HTTP/1.1\r\nHost: a\r\nContent-Type: text/csv\r\nContent-Length: 99\r\n\r\nsku,name\nA,A\n",
    ])
    func `a client that hangs up in the middle stores nothing and alarms nobody`(bytes: String) async throws {
        let log = LogRecorder()
        try await TestServer.run(logger: log.logger) { server async throws in
            for isRude in [false, true] {
                let connection = try RawConnection(port: server.client.port)
                connection.say(bytes)
                // The half that came is being read.
                try await Task.sleep(for: .milliseconds(50))
                if isRude {
                    connection.reset()
                } else {
                    connection.finish()
                    let answers = await connection.answers()
                    #expect(answers.statuses.allSatisfy { $0 == 400 }, "\(answers.text)")
                    #expect(answers.isClosed)
                }
            }
            try await Task.sleep(for: .milliseconds(100))
            // What was being received is in the list until the service has taken it away.
            let isGone = try await eventually {
                try await server.get("/v1/imports").json?["imports"]?.elements?.isEmpty == true
            }
            #expect(isGone)
            #expect(try await server.get("/v1/import-mappings/m").status == 404)
        }
        #expect(log.alarming == [])
    }

    @Test(arguments: ["", "Host: a\r\nHost: b\r\n", "Host: a\r\nhost: a\r\n"])
    func `a request names its host once`(hosts: String) async throws {
        try await TestServer.run { server async throws in
            for path in ["/v1/items", "/health/live"] {
                let connection = try RawConnection(port: server.client.port)
                connection.say("GET \(path) HTTP/1.1\r\n\(hosts)Connection: close\r\n\r\n")
                let answers = await connection.answers()
                #expect(answers.statuses == [400], "\(answers.text)")
                #expect(answers.text.contains("\"parameter\":\"Host\""), "\(answers.text)")
            }
        }
    }

    @Test(arguments: [
        "GET /health/live HTTP/1.0\r\n\r\n", "GET /health/live HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n",
        "GET /health/live HTTP/1.1\r\nHost: a\r\nConnection: Close\r\n\r\n",
        "GET /health/live HTTP/1.1\r\nHost: a\r\nConnection: te, close\r\n\r\n",
    ])
    func `a connection ends where HTTP 1.0 or the client wants it`(bytes: String) async throws {
        try await TestServer.run { server async throws in
            let connection = try RawConnection(port: server.client.port)
            connection.say(bytes)
            let answers = await connection.answers()
            #expect(answers.statuses == [200], "\(answers.text)")
            #expect(answers.isClosed)
            #expect(answers.text.lowercased().contains("connection: close"), "\(answers.text)")
        }
    }

    @Test func `requests in a row on one connection are all answered, the last with its end`() async throws {
        try await TestServer.run { server async throws in
            let connection = try RawConnection(port: server.client.port)
            let request = "GET /v1/items HTTP/1.1\r\nHost: a\r\n"
            connection.say("\(request)\r\n\(request)\r\n\(request)Connection: close\r\n\r\n\(request)\r\n")
            let answers = await connection.answers()
            #expect(answers.statuses == [200, 200, 200], "\(answers.text)")
            #expect(answers.isClosed)
            #expect(answers.text.lowercased().components(separatedBy: "connection: close").count == 2)
        }
    }

    @Test(arguments: [
        "POST /v1/movements HTTP/1.1\r\n\(head)Content-Length: 100\r\n\r\n{",
        "POST /v1/movements HTTP/1.1\r\n\(head)Transfer-Encoding: chunked\r\n\r\n",
        "POST /v1/imports?kind=items HTTP/1.1\r\nHost: a\r\nContent-Type: text/csv\r\nContent-Length: 99\r\n\r\nsku",
    ])
    func `a body ends at its time although no byte of it comes`(bytes: String) async throws {
        var limits = HTTPLimits()
        limits.bodyWithin = .milliseconds(300)
        let idle: Duration = .seconds(limits.idleSeconds)
        let log = LogRecorder()
        try await TestServer.run(limits: limits, logger: log.logger) { server async throws in
            let connection = try RawConnection(port: server.client.port)
            let started = ContinuousClock.now
            connection.say(bytes)
            let answers = await connection.answers()
            #expect(answers.statuses == [408], "\(answers.text)")
            #expect(answers.text.contains("requestTimeout"))
            #expect(answers.isClosed)
            // Not the time after which an idle connection ends.
            #expect(started.duration(to: .now) < idle)
            #expect(try await server.get("/v1/imports").json?["imports"]?.elements?.isEmpty == true)
        }
        #expect(log.alarming == [])
    }

    @Test func `an import may take longer than its time while enough of it comes, and a drip is not enough`()
        async throws
    {
        var limits = HTTPLimits()
        limits.bodyWithin = .seconds(6)
        limits.importBytesMin = 20
        try await TestServer.run(limits: limits) { server async throws in
            let file = "sku,name\n" + (0..<60).map { "item-\($0),Item \($0) of many\n" }.joined()
            let head =
                "POST /v1/imports?kind=items HTTP/1.1\r\nHost: a\r\nContent-Type: text/csv\r\n"
                + "Content-Length: \(file.utf8.count)\r\nConnection: close\r\n\r\n"
            let steady = try RawConnection(port: server.client.port)
            steady.say(head)
            var rest = file[...]
            while !rest.isEmpty {
                steady.say(String(rest.prefix(40)))
                rest = rest.dropFirst(40)
                try await Task.sleep(for: .milliseconds(250))
            }
            #expect(await steady.answers().statuses == [202])
            let drip = try RawConnection(port: server.client.port)
            drip.say(head)
            // Never 20 bytes, however long it takes.
            for _ in 0..<16 {
                drip.say("s")
                try await Task.sleep(for: .milliseconds(300))
            }
            #expect(await drip.answers().statuses == [408])
        }
    }

    @Test func `who comes when there are too many connections waits until one of them ends`() async throws {
        var limits = HTTPLimits()
        limits.connectionsMax = 2
        try await TestServer.runAsProgram(limits: limits) { port async throws in
            let request = "GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n"
            var connections: [RawConnection] = []
            for _ in 0..<2 {
                let connection = try RawConnection(port: port)
                connection.say(request)
                let answers = await connection.answers(1)
                #expect(answers.statuses == [200])
                #expect(!answers.isClosed)
                connections.append(connection)
            }
            let late = try RawConnection(port: port)
            late.say(request)
            #expect(await late.answers(within: 1).statuses == [])
            connections[0].reset()
            #expect(await late.answers(1, within: 40).statuses == [200])
            // What is served already goes on meanwhile.
            connections[1].say(request)
            #expect(await connections[1].answers(1).statuses == [200])
        }
    }
}
