import Hummingbird
import StrictJSON
import TestSupport
import Testing

/// What a file does not name stays as people have set it, and what a file names and does not change is said.
@Suite struct ImportKeptTests {
    private func shop(_ body: @escaping @Sendable (TestServer) async throws -> Void) async throws {
        try await TestServer.run { server async throws in
            for sku in ["A", "B"] { try await server.shop.addItem(sku) }
            for location in ["L", "M"] { try await server.shop.addLocation(location) }
            try await body(server)
        }
    }

    @Test func `a group keeps its channel and its stores where the file has no column for them`() async throws {
        try await shop { server async throws in
            _ = try await server.put(
                "/v1/location-groups/g", "{\"name\":\"G\",\"channel\":\"web\",\"locations\":[\"L\"]}")
            func group() async throws -> JSONValue? { try await server.get("/v1/location-groups/g").json }
            let members = try await server.importFile("id,name,location\ng,G,L\ng,G,M\n", "kind=locationGroups")
            #expect(members.importCounts == ["stored": 2])
            #expect(try await group()?["channel"]?.string == "web")
            #expect(try await group()?["locations"]?.elements?.count == 2)
            let named = try await server.importFile("id,name\ng,Renamed\n", "kind=locationGroups")
            #expect(named.importCounts == ["stored": 1])
            #expect(try await group()?["locations"]?.elements?.count == 2)
            #expect(try await group()?["channel"]?.string == "web")
            #expect(
                try await server.importFile("id,name\ng,Renamed\n", "kind=locationGroups").importCounts
                    == ["unchanged": 1])
            // JSON can say that there is none.
            let line = "{\"id\":\"g\",\"name\":\"Renamed\",\"channel\":null}\n"
            _ = try await server.importFile(line, "kind=locationGroups", type: "application/x-ndjson")
            #expect(try await group()?["channel"]?.isNull == true)
            #expect(try await group()?["locations"]?.elements?.count == 2)
        }
    }

    @Test func `a source keeps its authority, its code system and its stores where the file does not name them`()
        async throws
    {
        try await shop { server async throws in
            _ = try await server.put(
                "/v1/sources/s",
                "{\"name\":\"S\",\"authority\":\"authoritative\",\"codeSystem\":\"own\",\"locations\":[\"L\"]}")
            let done = try await server.importFile("id,name,location\ns,New,M\n", "kind=sources")
            #expect(done.importCounts == ["stored": 1])
            let source = try await server.get("/v1/sources/s").json
            #expect(source?["authority"]?.string == "authoritative" && source?["codeSystem"]?.string == "own")
            #expect(source?["name"]?.string == "New")
            #expect(source?["locations"]?.elements?.compactMap(\.string) == ["M"])
            _ = try await server.importFile("id,authority\ns,advisory\n", "kind=sources")
            let changed = try await server.get("/v1/sources/s").json
            #expect(changed?["authority"]?.string == "advisory" && changed?["codeSystem"]?.string == "own")
            #expect(changed?["locations"]?.elements?.compactMap(\.string) == ["M"])
        }
    }

    @Test func `a location that is there stays, and the report says which columns changed nothing`() async throws {
        try await shop { server async throws in
            for dryRun in [true, false] {
                let done = try await server.importFile(
                    "id,name,leadTimeMinutes,status\nL,New name,7,active\nM,Location M,,\n",
                    "kind=locations&dryRun=\(dryRun)")
                #expect(done.importCounts == [dryRun ? "sound" : "unchanged": 2])
                let report = try await server.report(done["id"]?.string)
                #expect(report.count == 1 && report[0]["line"]?.integer == 2 && report[0]["code"]?.string == "note")
                let detail = report[0]["detail"]?.string ?? ""
                #expect(
                    detail.contains("otherwise of name, leadTimeMinutes: ") && detail.contains("PATCH"), "\(detail)")
            }
            let location = try await server.get("/v1/locations/L").json
            #expect(location?["name"]?.string == "Location L" && location?["leadTimeMinutes"]?.isNull == true)
        }
    }

    @Test func `a dry run rejects of things with names what the file itself would reject, and writes nothing`()
        async throws
    {
        try await shop { server async throws in
            _ = try await server.put(
                "/v1/items/K", "{\"name\":\"Kit\",\"components\":[{\"sku\":\"A\",\"quantity\":1}]}")
            _ = try await server.put("/v1/location-groups/g", "{\"name\":\"G\",\"channel\":\"web\",\"locations\":[]}")
            let files: [(kind: String, file: String, sound: Int64)] = [
                ("safetyStockRules", "sku,location,quantity\nno,,1\nA,no,1\nK,,1\nA,L,1\n", 1),
                ("ringFences", "sku,group,channel,quantity\nA,no,web,1\nA,g,web,1\n", 1),
                ("aliases", "code,sku,codeSystem\n1,no,own\n2,A,own\n", 1),
                ("locationAliases", "code,location,codeSystem\n1,no,own\n2,L,own\n", 1),
                ("locationGroups", "id,name,location,channel\nh,H,L,web\ni,I,no,\nj,J,L,app\n", 1),
                ("sources", "id,location\ns,no\nt,L\n", 1),
                (
                    "expectedSupply",
                    "id,location,sku,quantity,expectedAt\n1,L,K,1,2099-01-01T00:00:00Z\n2,no,A,1,2099-01-01T00:00:00Z\n"
                        + "3,L,A,1,2099-01-01T00:00:00Z\n", 1
                ),
                ("transfers", "reference,from,to,sku,quantity\n1,,no,A,1\n2,no,L,A,1\n3,L,M,no,1\n4,L,M,A,1\n", 1),
            ]
            let tables = [
                "stock_rule", "alias", "location_alias", "location_group", "source", "expected_supply", "transfer",
                "audit_entry",
            ]
            for (kind, file, sound) in files {
                var before: [Int64] = []
                for table in tables { before.append(Int64(try await server.shop.count(table))) }
                let dry = try await server.importFile(file, "kind=\(kind)&dryRun=true")
                var after: [Int64] = []
                for table in tables { after.append(Int64(try await server.shop.count(table))) }
                #expect(before == after, "\(kind)")
                let real = try await server.importFile(file, "kind=\(kind)")
                #expect(dry.importCounts["sound"] == sound && real.importCounts["stored"] == sound, "\(kind)")
                let said = try await server.report(dry["id"]?.string)
                let became = try await server.report(real["id"]?.string)
                #expect(said.map { $0["line"]?.integer } == became.map { $0["line"]?.integer }, "\(kind)")
                #expect(said.map { $0["code"]?.string } == became.map { $0["code"]?.string }, "\(kind)")
                #expect(!became.isEmpty)
            }
        }
    }

    @Test func `a kit whose parts stand in its own file is sound in a dry run, with a note`() async throws {
        try await shop { server async throws in
            let file = """
                {"sku":"P","name":"Part"}
                {"sku":"K","name":"Kit","components":[{"sku":"P","quantity":2}]}

                """
            let dry = try await server.importFile(file, "kind=items&dryRun=true", type: "application/x-ndjson")
            #expect(dry.importCounts == ["sound": 2])
            let report = try await server.report(dry["id"]?.string)
            #expect(report.count == 1 && report[0]["detail"]?.string?.contains("earlier row of the file") == true)
            #expect(try await server.get("/v1/items/P").status == 404)
            let real = try await server.importFile(file, "kind=items", type: "application/x-ndjson")
            #expect(real.importCounts == ["stored": 2])
        }
    }

    /// A thing, what somebody changes of it, the file, and where that shows.
    @Test(arguments: [
        (
            "group g", "update location_group set channel = 'web', version = version + 1", "kind=locationGroups",
            #"{"id":"g","name":"New","locations":["L"]}"#, "location-groups/g", "channel", "web"
        ),
        (
            "source s", "update source set authority = 'authoritative', version = version + 1 where id = 's'",
            "kind=sources", #"{"id":"s","name":"New"}"#, "sources/s", "authority", "authoritative"
        ),
        (
            "item K", "update item set status = 'stopSale', version = version + 1 where sku = 'K'", "kind=items",
            #"{"sku":"K","name":"New","components":[{"sku":"A","quantity":2}]}"#, "items/K", "status", "stopSale"
        ),
    ]) func `what somebody changes while a file is imported stays`(
        object: String, change: String, query: String, line: String, path: String, field: String, value: String
    ) async throws {
        try await withDatabase { database in
            try await withShop(on: database, lockWaits: .patient) { shop in
                try await TestServer.serve(shop) { server async throws in
                    try await shop.addItem("A")
                    try await shop.addLocation("L")
                    _ = try await server.put("/v1/location-groups/g", #"{"name":"G","locations":["L"]}"#)
                    _ = try await server.put("/v1/sources/s", #"{"name":"S"}"#)
                    _ = try await server.put(
                        "/v1/items/K", #"{"name":"K","components":[{"sku":"A","quantity":2}]}"#)
                    // As one who has the thing already, and commits once the import waits for it.
                    let held = """
                        select pg_advisory_xact_lock(hashtextextended(current_schema() || '/' || '\(object)', 7021002));
                        \(change);
                        """
                    let done = try await whileHeld(held, on: database) {
                        try await server.importFile(line, query, type: "application/x-ndjson")
                    }
                    #expect(done.importCounts == ["stored": 1])
                    let after = try await server.get("/v1/\(path)").json
                    #expect(after?[field]?.string == value)
                    #expect(after?["name"]?.string == "New")
                }
            }
        }
    }
}
