import Hummingbird
import InventoryHTTP
import StrictJSON
import TestSupport
import Testing

/// Every kind of thing imports: what each file becomes, and what is said of rows that contradict each other.
@Suite struct ImportKindsTests {
    private func shop(_ body: @escaping @Sendable (TestServer) async throws -> Void) async throws {
        try await TestServer.run { server async throws in
            for sku in ["A", "B", "C"] { try await server.shop.addItem(sku) }
            for location in ["L", "M"] { try await server.shop.addLocation(location) }
            try await body(server)
        }
    }

    @Test func `a location alias imports, and lines that waited for it are applied`() async throws {
        try await shop { server async throws in
            let sale = """
                {"source":"erp","codeSystem":"sap","lines":[
                {"eventId":"1","type":"receipt","sku":"A","locationCode":"0001","quantity":4}]}
                """
            #expect(try await server.send(.post, "/v1/movements", sale).json?["summary"]?["parked"]?.integer == 1)
            let file = "code,location\n0001,L\n0002,M\n0003,X\n"
            let done = try await server.importFile(file, "kind=locationAliases&codeSystem=sap")
            #expect(done.importCounts == ["stored": 2, "rejected": 1])
            let report = try await server.report(done["id"]?.string)
            #expect(
                report[0]["detail"]?.string?.hasPrefix("column 'location', value 'X': no location has this id") == true)
            #expect(try await server.shop.onHand("A", "L") == 4)
            let again = try await server.importFile(file, "kind=locationAliases&codeSystem=sap")
            #expect(again.importCounts == ["unchanged": 2, "rejected": 1])
        }
    }

    @Test func `a file of locations sets all that a location has, and coordinates are read as people write them`()
        async throws
    {
        try await shop { server async throws in
            let header =
                "id;name;latitude;longitude;capabilities;pickupWindowHours;latePickup;silenceLimitSeconds;lagBuffer"
            let rows = [
                "S1;One;52.516;13,378;\"[\"\"pickup\"\"]\";48;release;60;true;\"{\"\"amount\"\":490,\"\"currency\"\":\"\"EUR\"\"}\"",
                "S2;Two;-33.869;151.209;;;;;;", "S3;Three;1.234,5;8;;;;;;", "S4;Four;95.000;8;;;;;;",
            ]
            let file = "\(header);costPerShipment\n\(rows.joined(separator: "\n"))\n"
            _ = try await server.putMapping(
                "places",
                """
                kind: locations
                delimiter: ";"
                fields:
                \((header + ";costPerShipment").split(separator: ";").map { "  \($0): \"{\($0)}\"" }.joined(separator: "\n"))
                """)
            let done = try await server.importFile(file, "kind=locations&mapping=places")
            #expect(done.importCounts == ["stored": 2, "rejected": 2])
            let one = try await server.get("/v1/locations/S1").json
            #expect(one?["coordinates"]?["latitude"]?.number == 52.516)
            #expect(one?["coordinates"]?["longitude"]?.number == 13.378)
            #expect(one?["capabilities"]?.elements?.compactMap(\.string) == ["pickup"])
            #expect(one?["pickupWindowHours"]?.integer == 48 && one?["latePickup"]?.string == "release")
            #expect(one?["silenceLimitSeconds"]?.integer == 60 && one?["lagBuffer"]?.boolean == true)
            #expect(one?["costPerShipment"]?["amount"]?.integer == 490)
            let two = try await server.get("/v1/locations/S2").json
            #expect(two?["coordinates"]?["longitude"]?.number == 151.209 && two?["lagBuffer"]?.boolean == false)
        }
    }

    @Test func `rows of one location group, and of one source, are its locations`() async throws {
        try await shop { server async throws in
            let file =
                "id,name,channel,location\nnorth,North,web,L\nsouth,South,,M\nnorth,North,web,M\nnorth,North,web,L\n"
            let done = try await server.importFile(file, "kind=locationGroups")
            #expect(done.importCounts == ["stored": 4] && done["recordsDone"]?.integer == 4)
            let north = try await server.get("/v1/location-groups/north").json
            #expect(north?["locations"]?.elements?.compactMap(\.string) == ["L", "M"])
            #expect(north?["channel"]?.string == "web")
            #expect(try await server.importFile(file, "kind=locationGroups").importCounts == ["unchanged": 4])
            let bad = try await server.importFile(
                "id,name,location\nwest,West,L\nwest,Wild West,M\neast,East,L\neast,East,no such\n",
                "kind=locationGroups")
            #expect(bad.importCounts == ["conflict": 2, "rejected": 2])
            let report = try await server.report(bad["id"]?.string)
            #expect(report[0]["detail"]?.string?.hasPrefix("lines 2, 3 say different things of 'west'") == true)
            #expect(try await server.get("/v1/location-groups/west").status == 404)
            // Of four rows that are one thing, the one that is wrong.
            #expect(report[1]["line"]?.integer == 5)
            #expect(report[1]["detail"]?.string?.hasPrefix("column 'location', value 'no such':") == true)

            let sources = "id,codeSystem,authority,location\nwms,sap,authoritative,L\nwms,sap,authoritative,M\n"
            #expect(try await server.importFile(sources, "kind=sources").importCounts == ["stored": 2])
            let wms = try await server.get("/v1/sources/wms").json
            #expect(wms?["locations"]?.elements?.count == 2 && wms?["authority"]?.string == "authoritative")
        }
    }

    @Test func `safety stock, thresholds and ring-fences import, by an id or by their scope`() async throws {
        try await shop { server async throws in
            try await server.shop.addAlias("gtin", "4006381333931", "B")
            let file = "sku,location,quantity\nA,L,3\nA,,2\n,,1\n"
            #expect(try await server.importFile(file, "kind=safetyStockRules").importCounts == ["stored": 3])
            let changed = file.replacing("A,L,3", with: "A,L,4")
            let second = try await server.importFile(changed, "kind=safetyStockRules")
            #expect(second.importCounts == ["stored": 1, "unchanged": 2])
            let rules = try await server.get("/v1/safety-stock-rules?sku=A&location=L").json?["safetyStockRules"]
            #expect(rules?.elements?.count == 1 && rules?[0]?["quantity"]?.integer == 4)

            let named = "id,code,codeSystem,quantity\nlow-b,4006381333931,gtin,5\nlow-z,9,gtin,5\n"
            let thresholds = try await server.importFile(named, "kind=thresholds")
            #expect(thresholds.importCounts == ["stored": 1, "rejected": 1])
            #expect(try await server.get("/v1/thresholds/low-b").json?["scope"]?["sku"]?.string == "B")
            let fences = "id,sku,location,channel,quantity,priority\nf,A,L,web,2,7\n"
            #expect(try await server.importFile(fences, "kind=ringFences").importCounts == ["stored": 1])
            #expect(try await server.get("/v1/ring-fences/f").json?["priority"]?.integer == 7)
        }
    }

    @Test func `expected supply and transfers import`() async throws {
        try await shop { server async throws in
            let supply =
                "id,sku,location,quantity,expectedAt\nPO1-1,A,L,12,2099-01-10T08:00:00Z\nPO1-2,Z,L,1,2099-01-10T08:00:00Z\n"
            let done = try await server.importFile(supply, "kind=expectedSupply")
            #expect(done.importCounts == ["stored": 1, "rejected": 1])
            #expect(try await server.get("/v1/expected-supply/PO1-1").json?["outstanding"]?.integer == 12)

            let rows = "reference,from,to,sku,quantity\nT1,L,M,A,2\nT1,L,M,B,3\nT2,,M,A,9\nT3,L,M,A,1\nT3,L,L,A,1\n"
            let transfers = try await server.importFile(rows, "kind=transfers")
            #expect(transfers.importCounts == ["stored": 3, "rejected": 2])
            let found = try await server.get("/v1/transfers?reference=T1").json?["transfers"]
            #expect(found?.elements?.count == 1)
            #expect(found?[0]?["lines"]?.elements?.compactMap { $0["quantity"]?.integer } == [2, 3])
            #expect(try await server.get("/v1/transfers?reference=T3").json?["transfers"]?.elements?.isEmpty == true)
            #expect(
                try await server.importFile(rows, "kind=transfers").importCounts == ["unchanged": 3, "rejected": 2])
            let other = try await server.importFile(rows.replacing("T1,L,M,B,3", with: "T1,L,M,B,4"), "kind=transfers")
            #expect(other.importCounts == ["unchanged": 1, "rejected": 4])
            #expect(try await server.get("/v1/transfers?reference=T1").json?["transfers"]?.elements?.count == 1)
        }
    }

    @Test func `items import with family and attributes, and a file without them leaves them`() async throws {
        try await shop { server async throws in
            let file = """
                {"sku":"S","name":"Shirt, S","family":"shirt","attributes":{"size":"S","colour":"blue"}}
                {"sku":"M","name":"Shirt, M","family":"shirt"}
                """
            let done = try await server.importFile(file, "kind=items", type: "application/x-ndjson")
            #expect(done.importCounts == ["stored": 2])
            let again = try await server.importFile(file, "kind=items", type: "application/x-ndjson")
            #expect(again.importCounts == ["unchanged": 2])
            let bare = try await server.importFile("sku,name\nS,Shirt small\nM,\"Shirt, M\"\n", "kind=items")
            #expect(bare.importCounts == ["stored": 1, "unchanged": 1])
            let small = try await server.get("/v1/items/S").json
            #expect(small?["name"]?.string == "Shirt small" && small?["family"]?.string == "shirt")
            #expect(small?["attributes"]?["size"]?.string == "S" && small?["version"]?.integer == 2)
            let other = try await server.importFile("sku,name,family\nM,\"Shirt, M\",polo\n", "kind=items")
            #expect(other.importCounts == ["stored": 1])
            #expect(try await server.get("/v1/items/M").json?["family"]?.string == "polo")
            #expect(try await server.get("/v1/items/M").json?["version"]?.integer == 2)
        }
    }

    @Test func `a nightly file without a column for the status puts nothing on sale again`() async throws {
        try await shop { server async throws in
            _ = try await server.put(
                "/v1/items/R", "{\"name\":\"Recalled\",\"status\":\"stopSale\",\"unit\":\"gram\"}")
            _ = try await server.put("/v1/items/P", "{\"name\":\"Part\"}")
            _ = try await server.put(
                "/v1/items/K",
                "{\"name\":\"Kit\",\"status\":\"stopSale\",\"components\":[{\"sku\":\"P\",\"quantity\":2}]}")
            _ = try await server.put("/v1/locations/L", "{\"name\":\"L\",\"status\":\"paused\"}")
            let night = "sku,name\nR,Recalled too\nK,Kit 2\nNEW,New\n"
            #expect(try await server.importFile(night, "kind=items").importCounts == ["stored": 3])
            #expect(try await server.importFile(night, "kind=items").importCounts == ["unchanged": 3])
            for (sku, status, unit) in [
                ("R", "stopSale", "gram"), ("K", "stopSale", "each"), ("NEW", "active", "each"),
            ] {
                let item = try await server.get("/v1/items/\(sku)").json
                #expect(item?["status"]?.string == status && item?["unit"]?.string == unit, "\(sku)")
            }
            #expect(try await server.get("/v1/items/R").json?["name"]?.string == "Recalled too")
            #expect(try await server.get("/v1/items/K").json?["components"]?.elements?.count == 1)
            let line = "{\"sku\":\"K\",\"name\":\"Kit 3\",\"components\":[{\"sku\":\"P\",\"quantity\":3}]}\n"
            let done = try await server.importFile(line, "kind=items", type: "application/x-ndjson")
            #expect(done.importCounts == ["stored": 1])
            #expect(try await server.get("/v1/items/K").json?["status"]?.string == "stopSale")
            // A file that says it does.
            #expect(
                try await server.importFile("sku,name,status\nR,R,active\n", "kind=items").importCounts == ["stored": 1]
            )
            #expect(try await server.get("/v1/items/R").json?["status"]?.string == "active")
            _ = try await server.importFile("id,name\nL,Other\n", "kind=locations")
            #expect(try await server.get("/v1/locations/L").json?["status"]?.string == "paused")
        }
    }

    @Test func `things with names take codes of locations too`() async throws {
        try await shop { server async throws in
            for (code, location) in [("P1", "L"), ("P2", "M")] {
                let alias = "{\"codeSystem\":\"sap\",\"code\":\"\(code)\",\"location\":\"\(location)\"}"
                _ = try await server.send(.put, "/v1/location-aliases", alias)
            }
            let groups = "id,name,locationCode\ng,G,P1\ng,G,P2\nh,H,P1\nh,H,P9\n"
            let done = try await server.importFile(groups, "kind=locationGroups&codeSystem=sap")
            #expect(done.importCounts == ["stored": 2, "rejected": 2])
            let report = try await server.report(done["id"]?.string)
            #expect(report[1]["code"]?.string == "unknownLocationCode" && report[1]["line"]?.integer == 5)
            #expect(try await server.get("/v1/location-groups/g").json?["locations"]?.elements?.count == 2)
            let rules = "sku,locationCode,codeSystem,quantity\nA,P2,sap,4\nA,P2,,4\n"
            let ruled = try await server.importFile(rules, "kind=safetyStockRules")
            #expect(ruled.importCounts == ["stored": 1, "rejected": 1])
            let found = try await server.get("/v1/safety-stock-rules?location=M").json?["safetyStockRules"]
            #expect(found?[0]?["quantity"]?.integer == 4)
            let transfers = "reference,fromCode,toCode,sku,quantity\nT1,P1,P2,A,2\n"
            #expect(
                try await server.importFile(transfers, "kind=transfers&codeSystem=sap").importCounts == ["stored": 1])
            #expect(try await server.get("/v1/transfers?from=L&to=M").json?["transfers"]?.elements?.count == 1)
        }
    }

    @Test func `rows that contradict each other are a conflict, both named, and none is applied`() async throws {
        try await shop { server async throws in
            // Far enough apart that they are never applied together.
            let between = (0..<2_500).map { "\(10_000_000 + $0),B\n" }.joined()
            let file =
                "code,sku\n4006381333931,A\n\(between)04006381333931,B\n4006381333931,A\n96385074,C\n96385074,C\n"
            let aliases = try await server.importFile(file, "kind=aliases&codeSystem=gtin")
            #expect(aliases.importCounts == ["stored": 2_501, "conflict": 3, "skipped": 1])
            let report = try await server.report(aliases["id"]?.string, "verdict=conflict")
            #expect(report.map { $0["line"]?.integer } == [2, 2_503, 2_504])
            #expect(
                report.allSatisfy {
                    $0["detail"]?.string?.hasPrefix("lines 2, 2503 say different things of 'gtin 04006381333931'")
                        == true
                })
            let known = try await server.get("/v1/aliases?codeSystem=gtin&code=4006381333931").json?["aliases"]
            #expect(known?.elements?.isEmpty == true)

            let items = "sku,name\nX,One\nY,Two\nX,Three\n"
            #expect(try await server.importFile(items, "kind=items").importCounts == ["stored": 1, "conflict": 2])
            #expect(try await server.get("/v1/items/X").status == 404)
            _ = try await server.putMapping(
                "first", "kind: items\nrepeated: first\nfields: { sku: \"{sku}\", name: \"{name}\" }")
            let first = try await server.importFile(items, "kind=items&mapping=first")
            #expect(first.importCounts == ["stored": 1, "unchanged": 1, "skipped": 1])
            #expect(try await server.get("/v1/items/X").json?["name"]?.string == "One")
        }
    }

    @Test func `a dry run of any kind writes nothing`() async throws {
        try await shop { server async throws in
            let items = "sku,name\nX,One\n,Two\nY,Three\nY,Four\n"
            let done = try await server.importFile(items, "kind=items&dryRun=true")
            #expect(done.importCounts == ["sound": 1, "rejected": 1, "conflict": 2] && done["dryRun"]?.boolean == true)
            #expect(try await server.get("/v1/items/X").status == 404)
            let facts = "eventId,type,sku,location,quantity\n1,sale,A,L,1\n2,sale,A,L,0\n"
            let dry = try await server.importFile(facts, "kind=movements&source=till&dryRun=true")
            // As it would be of the file itself.
            #expect(dry.importCounts == ["applied": 1, "rejected": 1])
            #expect(try await server.shop.count("movement") == 0)
            #expect(try await server.shop.count("import_reading") == 0)
            // The file itself, afterwards, is not known yet.
            let real = try await server.importFile(facts, "kind=movements&source=till")
            #expect(real.importCounts == ["applied": 1, "rejected": 1])
        }
    }

    @Test func `counts is the name of what was called snapshots`() async throws {
        try await shop { server async throws in
            _ = try await server.putMapping(
                "old", "kind: snapshots\nfields: { sku: \"{sku}\", location: L, quantity: \"{quantity}\" }")
            let file = "sku,quantity\nA,5\n"
            let done = try await server.importFile(file, "kind=counts&source=wms&mapping=old")
            #expect(done.importCounts == ["applied": 1] && done["kind"]?.string == "counts")
            #expect(try await server.shop.onHand("A", "L") == 5)
        }
    }
}
