import Foundation
import OpenAPIContract
import StrictJSON
import TestSupport
import Testing

/// The program as its users start it.
@Suite struct ProgramTests {
    @Test func `bad settings are all named at once, before anything starts`() async throws {
        let program = try Program(
            ["serve", "--http-port", "80000"],
            [
                "HTTP_HOST": "0.0.0.0", "LOG_LEVEL": "loud", "DATABASE_URL": "postgresql://u:hunter2@[",
                "AUTH_MODE": "none", "HOT_PLANS": "slow", "OWNER_UNITS_MAX": "many", "TLS_CERTIFICATE": "/nowhere.pem",
                "TRUSTED_PROXIES": "10.0.0.1/8", "PROXY_PROTOCOL": "maybe", "LIMIT_READS": "-1",
                "PAGES": "maybe", "SIGNIN_SCOPE": "openid",
            ])
        #expect(try await program.exitStatus() != 0)
        for name in [
            "HOLDFAST_HTTP_PORT", "HOLDFAST_LOG_LEVEL", "HOLDFAST_DATABASE_URL", "HOLDFAST_AUTH_MODE",
            "HOLDFAST_TLS_KEY",
            "HOLDFAST_TRUSTED_PROXIES", "HOLDFAST_PROXY_PROTOCOL", "HOLDFAST_LIMIT_READS",
            "HOLDFAST_PAGES", "HOLDFAST_SIGNIN_SCOPE",
        ] {
            #expect(program.text.contains(name), "\(name) in \(program.text)")
        }
        #expect(!program.text.contains("hunter2"))
        // A flag is named only where there is one.
        #expect(program.text.contains("HOLDFAST_HOT_PLANS (--hot-plans)"))
        #expect(program.text.contains("HOLDFAST_OWNER_UNITS_MAX:"))
    }

    @Test func `settings that there are not are named with the nearest that there is`() async throws {
        try await withFolder { folder in
            try "{\"holdfast\":{\"http\":{\"prot\":8080},\"log\":{\"level\":\"error\"}}}".write(
                toFile: "\(folder)/settings.json", atomically: true, encoding: .utf8)
            let program = try Program(
                ["serve", "--config", "\(folder)/settings.json", "--data-dir", "\(folder)/data"],
                [
                    "DATABASE_ULR": "postgresql://u:hunter2@h/d", "HTTP_PROT": "1", "COLOUR": "red",
                    "HTTP_PORT": "many",
                    // Kubernetes sets these beside a service called holdfast.
                    "SERVICE_HOST": "10.0.0.1", "PORT": "tcp://10.0.0.1:8080", "PORT_8080_TCP_ADDR": "10.0.0.1",
                ])
            #expect(try await program.exitStatus() != 0)
            for line in [
                "HOLDFAST_DATABASE_ULR: there is no such setting; did you mean HOLDFAST_DATABASE_URL?",
                "HOLDFAST_HTTP_PROT: there is no such setting; did you mean HOLDFAST_HTTP_PORT?",
                "HOLDFAST_COLOUR: there is no such setting; leave it out",
                "http.prot in the settings file: there is no such setting; did you mean http.port?",
                "HOLDFAST_HTTP_PORT (--http-port): 'many' is not a port",
            ] {
                #expect(program.text.contains(line), "\(line) in \(program.text)")
            }
            #expect(!program.text.contains("hunter2") && !program.text.contains("SERVICE_HOST"))
            #expect(!program.text.contains("HOLDFAST_PORT"))
            #expect(!FileManager.default.fileExists(atPath: "\(folder)/data"))
        }
    }

    @Test func `a taken port is one clear line, before anything else is done`() async throws {
        try await withFolder { folder in
            let settings = ["DATA_DIR": "\(folder)/data", "LOG_LEVEL": "error"]
            let first = try Program(["serve"], settings.merging(["HTTP_PORT": "0"]) { $1 })
            let address = try await first.address()
            let port = try #require(address.split(separator: ":").last.map(String.init))
            for command in ["serve", "demo"] {
                let second = try Program([command], ["DATA_DIR": "\(folder)/other", "HTTP_PORT": port])
                #expect(try await second.exitStatus() != 0)
                #expect(second.text.contains("port \(port) on 127.0.0.1 is taken by another program"), "\(second.text)")
                #expect(second.text.split(separator: "\n").count == 1, "\(second.text)")
            }
            #expect(!FileManager.default.fileExists(atPath: "\(folder)/other"))
            first.signal(SIGTERM)
            _ = try await first.exitStatus()
        }
    }

    @Test(arguments: [
        ["proof"], ["migrate"], ["import", "items", "items.csv"], ["keys", "list"], ["export", "--out", "lake"],
    ])
    func `only serve and demo make a database`(arguments: [String]) async throws {
        try await withFolder { folder in
            try "sku,name\nA,Apple\n".write(toFile: "\(folder)/items.csv", atomically: true, encoding: .utf8)
            let program = try Program(
                arguments.map { $0 == "items.csv" || $0 == "lake" ? "\(folder)/\($0)" : $0 },
                ["DATA_DIR": "\(folder)/data"])
            #expect(try await program.exitStatus() != 0)
            #expect(program.text.contains("there is no database in \(folder)/data"), "\(program.text)")
            // What it would have written to is not there either.
            for left in ["data", "lake"] { #expect(!FileManager.default.fileExists(atPath: "\(folder)/\(left)")) }
        }
    }

    @Test func `a database that refuses is named with its reason, and an empty one is left as it is`() async throws {
        try await withFolder { folder in
            let postgres = try await EmbeddedServer.start(in: folder)
            for (part, other, reason) in [
                ("/holdfast?", "/none?", "database \"none\" does not exist"),
                ("holdfast@", "nobody:hunter2@", "role \"nobody\" does not exist"),
            ] {
                let url = postgres.url.replacing(part, with: other)
                let serving = try Program(["serve"], ["DATABASE_URL": url, "HTTP_PORT": "0"])
                _ = try await serving.address()
                try await serving.wait(reason) { serving.text.contains(reason) }
                serving.signal(SIGTERM)
                #expect(try await serving.exitStatus() == 0)
                #expect(!serving.text.contains("hunter2"))
                let proof = try Program(["proof"], ["DATABASE_URL": url, "LOG_LEVEL": "error"])
                #expect(try await proof.exitStatus() != 0)
                #expect(
                    proof.text.contains("the database cannot be reached: ") && proof.text.contains(reason),
                    "\(proof.text)")
            }
            for command in [["proof"], ["keys", "list"]] {
                let program = try Program(command, ["DATABASE_URL": postgres.url, "LOG_LEVEL": "error"])
                #expect(try await program.exitStatus() != 0)
                #expect(program.text.contains("has no tables of Holdfast"), "\(program.text)")
            }
            for (arguments, wanted) in [
                (["migrate", "--dry-run"], "would apply 1 create_catalog"),
                (["migrate"], "applied 1 create_catalog"),
                (["migrate"], "up to date"),
                (["proof"], "0 balances"),
            ] {
                let program = try Program(arguments, ["DATABASE_URL": postgres.url, "LOG_LEVEL": "error"])
                #expect(try await program.exitStatus() == 0, "\(program.text)")
                #expect(program.text.contains(wanted), "\(program.text)")
            }
            await postgres.stop()
        }
    }

    @Test func `it says its version, the contract's`() async throws {
        let program = try Program(["--version"], [:])
        #expect(try await program.exitStatus() == 0)
        #expect(program.text.contains("holdfast \(OpenAPIContract.version)"))
    }

    @Test(arguments: [
        (["import"], "--mapping"), (["migrate"], "--dry-run"), (["demo"], "--exit"), (["proof"], "--full"),
        (["token"], "--client"), (["keys", "create"], "--client"), (["export"], "--out"), (["tail"], "--state"),
    ])
    func `help shows a command's own options before the settings`(command: [String], own: String) async throws {
        let program = try Program(command + ["--help"], [:])
        #expect(try await program.exitStatus() == 0)
        let options = try #require(program.text.split(separator: "OPTIONS:", maxSplits: 1).last.map(String.init))
        let first = try #require(options.range(of: own))
        let settings = try #require(options.range(of: "--config "))
        #expect(first.lowerBound < settings.lowerBound, "\(options)")
    }

    @Test func `open access is refused beyond loopback`() async throws {
        let program = try Program(["serve"], ["HTTP_HOST": "0.0.0.0"])
        #expect(try await program.exitStatus() != 0)
        #expect(program.text.contains("HOLDFAST_HTTP_HOST"))
    }

    @Test func `settings of access that let in too many, or nobody, are all named at once`() async throws {
        let program = try Program(
            ["serve"],
            [
                "HTTP_HOST": "0.0.0.0", "AUTH_MODE": "token", "AUTH_DEVELOPMENT": "on",
                "AUTH_ISSUER": "http://issuer.example", "AUTH_ALGORITHMS": "none HS256", "AUTH_SKEW_SECONDS": "3600",
                "AUTH_JWKS": "http://issuer.example/keys",
            ])
        #expect(try await program.exitStatus() != 0)
        for name in ["DEVELOPMENT", "AUDIENCE", "JWKS", "ALGORITHMS", "SKEW_SECONDS"] {
            #expect(program.text.contains("HOLDFAST_AUTH_\(name):"), "\(name) in \(program.text)")
        }
        // Off loopback is all right where everybody is asked.
        #expect(!program.text.contains("HOLDFAST_HTTP_HOST"))
        // What would look at tokens, in a mode that looks at none.
        let open = try Program(["serve"], ["AUTH_ISSUER": "https://issuer.example", "AUTH_AUDIENCE": "stock"])
        #expect(try await open.exitStatus() != 0)
        #expect(open.text.contains("HOLDFAST_AUTH_MODE"))
    }

    @Test(arguments: ["serve", "migrate", "demo", "import", "keys", "token", "proof", "tail"])
    func `every subcommand explains itself`(command: String) async throws {
        let program = try Program([command, "--help"], [:])
        #expect(try await program.exitStatus() == 0)
        #expect(program.text.contains("USAGE: holdfast \(command)"))
    }

    @Test func `without PostgreSQL's programs it says what to install`() async throws {
        try await withFolder { folder in
            let program = try Program(["serve"], ["DATA_DIR": "\(folder)/data", "POSTGRES_BINDIR": "/nowhere"])
            #expect(try await program.exitStatus() != 0)
            #expect(program.text.contains("apt-get install postgresql"))
        }
    }

    @Test func `it waits for a database that is not there yet, not ready, and can be told to stop`() async throws {
        let program = try Program(
            ["serve"], ["DATABASE_URL": "postgresql://nobody@/none?host=/nowhere-at-all", "HTTP_PORT": "0"])
        let client = Client(base: try await program.address())
        #expect(try await client.status("/health/live") == 200)
        #expect(try await client.status("/health/ready") == 503)
        #expect(try await client.status("/v1/items") == 503)
        try await program.wait("a clear log line") { program.text.contains("database not reachable") }
        program.signal(SIGTERM)
        #expect(try await program.exitStatus() == 0)
    }

    @Test func `a port that is taken ends it with an error instead of hanging`() async throws {
        try await withFolder { folder in
            let first = try Program(["serve"], ["DATA_DIR": "\(folder)/one", "HTTP_PORT": "0", "LOG_LEVEL": "error"])
            let port = try await first.address().split(separator: ":").last.map(String.init) ?? ""
            let second = try Program(["serve"], ["DATA_DIR": "\(folder)/two", "HTTP_PORT": port, "LOG_LEVEL": "error"])
            #expect(try await second.exitStatus() != 0)
            first.signal(SIGTERM)
            #expect(try await first.exitStatus() == 0)
        }
    }

    @Test func `killed with -9 it leaves its database running, and the next one takes it over with everything in it`()
        async throws
    {
        try await withFolder { folder in
            let settings = ["DATA_DIR": "\(folder)/data", "HTTP_PORT": "0", "LOG_LEVEL": "info"]
            let first = try Program(["serve"], settings)
            let client = try await first.ready()
            _ = try await client.send("PUT", "/v1/items/A", "{\"name\":\"A\"}")
            _ = try await client.send("PUT", "/v1/locations/L", "{\"name\":\"L\"}")
            let sale =
                "{\"source\":\"t\",\"lines\":[{\"eventId\":\"1\",\"type\":\"sale\",\"sku\":\"A\",\"location\":\"L\",\"quantity\":1}]}"
            #expect(try await client.send("POST", "/v1/movements", sale).status == 200)
            let busy = try Program(["serve"], settings)
            #expect(try await busy.exitStatus() != 0)
            #expect(busy.text.contains("another holdfast uses"))
            first.signal(SIGKILL)
            _ = try await first.exitStatus()
            let second = try Program(["serve"], settings)
            let again = try await second.ready()
            #expect(second.text.contains("taken over"))
            let answer = try await again.send("POST", "/v1/movements", sale)
            #expect(answer.json?["summary"]?["duplicate"]?.integer == 1)
            #expect(try await again.send("GET", "/v1/availability/A/L").json?["onHand"]?.integer == -1)
            second.signal(SIGTERM)
            #expect(try await second.exitStatus() == 0)
            #expect(
                !FileManager.default.fileExists(atPath: "\(folder)/data/postgres/postmaster.pid"),
                "PostgreSQL stops with it")
        }
    }

    @Test func `accepted work is finished before it stops`() async throws {
        try await withFolder { folder in
            let program = try Program(
                ["serve"], ["DATA_DIR": "\(folder)/data", "HTTP_PORT": "0", "LOG_LEVEL": "error"])
            let client = try await program.ready()
            _ = try await client.send("PUT", "/v1/items/A", "{\"name\":\"A\"}")
            _ = try await client.send("PUT", "/v1/locations/L", "{\"name\":\"L\"}")
            let lines = (0..<5_000).map {
                "{\"eventId\":\"\($0)\",\"type\":\"sale\",\"sku\":\"A\",\"location\":\"L\",\"quantity\":1}"
            }.joined(separator: ",")
            async let answer = client.send("POST", "/v1/movements", "{\"source\":\"t\",\"lines\":[\(lines)]}")
            // It is being worked on where the first of its batches is written.
            try await program.wait("the first lines") {
                try await client.send("GET", "/v1/availability/A/L").json?["onHand"]?.integer ?? 0 < 0
            }
            program.signal(SIGTERM)
            #expect(try await answer.status == 200)
            #expect(try await program.exitStatus() == 0)
        }
    }

    @Test func `the demo loads the sample, sums it up, and resumes when it is started again`() async throws {
        let project = URL(filePath: #filePath).appending(path: "../../..").standardizedFileURL.path(
            percentEncoded: false)
        try await withFolder { folder in
            let settings = ["DATA_DIR": "\(folder)/data", "HTTP_PORT": "0"]
            let arguments = [
                "demo", "--exit", "--sample", "\(project)/Samples/completejourney", "--mappings", "\(project)/Mappings",
            ]
            let first = try Program(arguments, settings)
            #expect(try await first.exitStatus(within: 300) == 0)
            #expect(first.text.contains("stores 138, items 11,150"), "\(first.text)")
            #expect(first.text.contains("applied 27,603"), "\(first.text)")
            #expect(first.text.contains("parked, unknownSku: 2"))
            #expect(first.text.contains("60 confirmed of 60"), "\(first.text)")
            #expect(first.text.contains("had 14 to sell, then 0, and 14 again"), "\(first.text)")
            #expect(first.text.contains("appliedUncovered, 1 promise at risk"), "\(first.text)")
            #expect(first.text.contains("shelves that ran empty: 1,889 of 25,232"))
            let second = try Program(arguments.filter { $0 != "--exit" }, settings)
            try await second.wait("the summary", 300) {
                second.text.contains("Stop it with Ctrl-C") || !second.isRunning
            }
            #expect(second.text.contains("stores: 138 are there already"), "\(second.text)")
            #expect(second.text.contains("duplicate 27,603"), "\(second.text)")
            #expect(second.text.contains("shelves that ran empty: 1,889 of 25,232"))
            try await expectLife(of: second)
            second.signal(SIGINT)
            #expect(try await second.exitStatus() == 0, "\(second.text.suffix(1_000))")
        }
    }

    /// The chain goes on after the summary: stores are heard, goods are sold, and all of it is shown by the API.
    private func expectLife(of demo: Program) async throws {
        let address = try #require(
            demo.text.firstMatch(of: /Holdfast serves on http:\/\/127\.0\.0\.1:([0-9]+)/)?.output.1)
        let client = Client(base: "http://127.0.0.1:\(address)")
        let start = Date.now.formatted(.iso8601)
        // Two stores of the sample sold nothing in its week, and are heard like all others.
        for store in ["2903", "2974"] {
            try await demo.wait("store \(store)", 90) {
                let sources = try await client.send("GET", "/v1/locations/\(store)/sources").json?["sources"]?.elements
                return sources?.contains { $0["lastHeardAt"]?.string ?? "" >= start } ?? false
            }
        }
        try await demo.wait("sales, and all stores heard", 90) {
            let silent = try await client.send("GET", "/v1/locations?silent=true&includeTotal=true&limit=1").json
            let sold = try await client.send("GET", "/v1/movements?from=\(start)&limit=5").json
            return silent?["total"]?.integer == 0 && sold?["movements"]?.elements?.count ?? 0 >= 3
        }
    }

    @Test func `bench measures a running service, and no unit is promised twice`() async throws {
        try await withFolder { folder in
            let program = try Program(
                ["serve"], ["DATA_DIR": "\(folder)/data", "HTTP_PORT": "0", "LOG_LEVEL": "error"])
            let client = try await program.ready()
            let bench = try Program(
                ["bench", "--url", client.base, "--seconds", "1", "--clients", "4", "--write", "--json"], [:])
            #expect(try await bench.exitStatus() == 0, "\(bench.text)")
            let rows = bench.text.split(separator: "\n").compactMap { try? JSONDocument(parsing: Array($0.utf8)).root }
            #expect(rows.count == 6 && rows.allSatisfy { $0["errors"]?.integer == 0 }, "\(bench.text)")
            #expect(rows.last?["requests"]?.integer == 600)
            // What was made to be measured is offered to nobody.
            let made = try await client.send("GET", "/v1/locations?limit=1").json?["locations"]?.elements?.first
            #expect(made?["status"]?.string == "closed")
            let none = try Program(["bench", "--url", client.base, "--clients", "0"], [:])
            #expect(try await none.exitStatus() != 0 && none.text.contains("--clients is 1 to 1,000"))
            let nobody = try Program(["bench", "--url", "127.0.0.1"], [:])
            #expect(try await nobody.exitStatus() != 0 && nobody.text.contains("--url is an http or https address"))
            program.signal(SIGTERM)
            #expect(try await program.exitStatus() == 0)
        }
    }

    @Test func `an import runs twice with one effect, beside a server, and says what it left out`() async throws {
        try await withFolder { folder in
            let settings = ["DATA_DIR": "\(folder)/data", "HTTP_PORT": "0", "LOG_LEVEL": "error"]
            try "sku,name\nA,Apple\nB,\"Bread, white\"\n".write(
                toFile: "\(folder)/items.csv", atomically: true, encoding: .utf8)
            try "kind: items\nfields: { sku: \"{sku}\", name: \"{name}\" }\n"
                .write(toFile: "\(folder)/items.yaml", atomically: true, encoding: .utf8)
            try "shop\nL\nL\n".write(toFile: "\(folder)/shops.csv", atomically: true, encoding: .utf8)
            try "kind: locations\nfields: { id: \"{shop}\", name: \"Shop {shop}\" }\n"
                .write(toFile: "\(folder)/shops.yaml", atomically: true, encoding: .utf8)
            try "n,shop,sku,qty\n1,L,A,2\n2,L,B,1\n3,L,A,0\n4,L,C,1\n5,L,A,x\n6,L,A,1.5\n"
                .write(toFile: "\(folder)/sales.csv", atomically: true, encoding: .utf8)
            try """
            kind: movements
            fields: { source: "pos-{shop}", type: sale, eventId: "{n}", sku: "{sku}", location: "{shop}", quantity: "{qty}" }
            skip: [{ column: qty, equals: "0", because: nothing moved }]
            """.write(toFile: "\(folder)/sales.yaml", atomically: true, encoding: .utf8)
            let server = try Program(["serve"], settings)
            let client = try await server.ready()
            func load(_ kind: String, _ name: String) async throws -> String {
                let program = try Program(
                    ["import", kind, "\(folder)/\(name).csv", "--mapping", "\(folder)/\(name).yaml"], settings)
                #expect(try await program.exitStatus() == 0, "\(program.text)")
                return program.text
            }
            #expect(try await load("items", "items").contains("stored 2"))
            #expect(try await load("locations", "shops").contains("stored 1"))
            let first = try await load("movements", "sales")
            for part in [
                "applied 2", "parked 1", "rejected 2", "left out: 1 (nothing moved)", "line 6:",
                "line 7:",
            ] {
                #expect(first.contains(part), "\(part) in \(first)")
            }
            #expect(try await load("movements", "sales").contains("duplicate 2"))
            #expect(try await client.send("GET", "/v1/availability/A/L").json?["onHand"]?.integer == -2)
            let missing = try Program(
                ["import", "movements", "\(folder)/items.csv", "--mapping", "\(folder)/sales.yaml"], settings)
            #expect(try await missing.exitStatus() != 0)
            #expect(missing.text.contains("the file does not have"))
            server.signal(SIGTERM)
            #expect(try await server.exitStatus() == 0)
        }
    }
}
