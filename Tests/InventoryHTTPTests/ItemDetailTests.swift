import Hummingbird
import Inventory
import InventoryPostgres
import StrictJSON
import TestSupport
import Testing

/// Families, attributes and bins of items.
@Suite struct ItemDetailTests {
    private static let jacket = #"{"name":"Jacket","family":"jacket","attributes":{"size":"M","colour":"navy"}}"#

    @Test func `an item has a family and attributes, and a PUT without them takes them away`() async throws {
        try await TestServer.run { server async throws in
            let made = try await server.put("/v1/items/J-M", Self.jacket)
            #expect(made.status == 201)
            #expect(made.json?["version"]?.integer == 1)
            #expect(made.json?["family"]?.string == "jacket")
            #expect(made.json?["attributes"]?.canonicalText == #"{"colour":"navy","size":"M"}"#)
            #expect(try await server.get("/v1/items/J-M").body == made.body)
            // Put again as it is, in another order, it is the same.
            let again = try await server.put(
                "/v1/items/J-M", #"{"attributes":{"colour":"navy","size":"M"},"family":"jacket","name":"Jacket"}"#)
            #expect(again.body == made.body)
            let other = try await server.put("/v1/items/J-M", Self.jacket.replacing("navy", with: "red"))
            #expect(other.json?["version"]?.integer == 2)
            let bare = try await server.put("/v1/items/J-M", #"{"name":"Jacket"}"#)
            #expect(bare.json?["version"]?.integer == 3)
            #expect(bare.json?["family"]?.isNull == true)
            #expect(bare.json?["attributes"]?.canonicalText == "{}")
            #expect(try await server.shop.count("item_history") == 3)
        }
    }

    @Test func `a patch changes single attributes, and a bulk load leaves them alone`() async throws {
        try await TestServer.run { server async throws in
            _ = try await server.put("/v1/items/J-M", Self.jacket)
            let patched = try await server.patch(
                "/v1/items/J-M", #"{"attributes":{"size":"L","colour":null,"fit":"slim"}}"#)
            #expect(patched.json?["attributes"]?.canonicalText == #"{"fit":"slim","size":"L"}"#)
            #expect(patched.json?["family"]?.string == "jacket")
            try await server.shop.masterStore.putItems([Item(sku: .init(stored: "J-M"), name: "New")])
            let loaded = try await server.get("/v1/items/J-M").json
            #expect(loaded?["name"]?.string == "New")
            #expect(loaded?["family"]?.string == "jacket")
            #expect(loaded?["attributes"]?.canonicalText == #"{"fit":"slim","size":"L"}"#)
        }
    }

    @Test func `attributes are up to twenty short texts`() async throws {
        try await TestServer.run { server async throws in
            func attributes(_ count: Int) -> String {
                (0..<count).map { "\"a\($0)\":\"x\"" }.joined(separator: ",")
            }
            let most = try await server.put("/v1/items/A", "{\"name\":\"A\",\"attributes\":{\(attributes(20))}}")
            #expect(most.status == 201)
            for bad in [
                "{\(attributes(21))}", #"{"size":5}"#, #"{"size":""}"#, #"{"":"x"}"#, #"["size"]"#,
                #"{"size":"\#(String(repeating: "x", count: 101))"}"#, #"{"size":"a","size":"b"}"#,
                #"{"size":"tab\tinside"}"#,
            ] {
                let answer = try await server.put("/v1/items/B", "{\"name\":\"B\",\"attributes\":\(bad)}")
                #expect(answer.status == 400, "\(bad)")
                #expect(answer.pointers.allSatisfy { $0.hasPrefix("/attributes") }, "\(bad): \(answer.body)")
            }
        }
    }

    @Test func `items are listed by sku, up to a hundred, and by family`() async throws {
        try await TestServer.run { server async throws in
            for sku in ["J-M", "J-L", "J-S"] { _ = try await server.put("/v1/items/\(sku)", Self.jacket) }
            _ = try await server.put("/v1/items/cap", #"{"name":"Cap"}"#)
            func skus(_ query: String) async throws -> [String] {
                let answer = try await server.get("/v1/items?\(query)")
                return answer.json?["items"]?.elements?.compactMap { $0["sku"]?.string } ?? []
            }
            #expect(try await skus("sku=cap&sku=nothing&sku=J-M") == ["J-M", "cap"])
            #expect(try await skus("family=jacket") == ["J-L", "J-M", "J-S"])
            #expect(try await skus("family=jacket&sku=cap&sku=J-S") == ["J-S"])
            #expect(try await skus("family=hat") == [])
            let page = try await server.get("/v1/items?family=jacket&limit=2&includeTotal=true").json
            #expect(page?["total"]?.integer == 3)
            let cursor = try #require(page?["nextCursor"]?.string)
            #expect(try await skus("family=jacket&limit=2&cursor=\(cursor)") == ["J-S"])
            #expect(try await server.get("/v1/items?family=hat&limit=2&cursor=\(cursor)").status == 400)
            let many = (0...100).map { "sku=s\($0)" }.joined(separator: "&")
            #expect(try await server.get("/v1/items?\(many)").parameters == ["sku"])
        }
    }

    @Test func `a bin says where an item lies at a location`() async throws {
        try await withStock { server async throws in
            let path = "/v1/items/A/bins/L"
            #expect(try await server.get(path).status == 404)
            #expect(try await server.put(path, #"{"bin":"A-12-3"}"#).status == 201)
            let read = try await server.get(path)
            #expect(read.body == #"{"sku":"A","location":"L","bin":"A-12-3","version":1}"#)
            #expect(try await server.put(path, #"{"bin":"A-12-3"}"#).headers[.eTag] == "\"1\"")
            let moved = try await server.put(path, #"{"bin":"B-1"}"#, headers: [.ifMatch: "\"1\""])
            #expect(moved.status == 200)
            #expect(moved.headers[.eTag] == "\"2\"")
            #expect(try await server.put(path, #"{"bin":"C"}"#, headers: [.ifMatch: "\"1\""]).status == 412)
            #expect(try await server.put(path, #"{"bin":""}"#).pointers == ["/bin"])
            #expect(try await server.put("/v1/items/none/bins/L", #"{"bin":"A"}"#).status == 404)
            #expect(try await server.put("/v1/items/A/bins/none", #"{"bin":"A"}"#).status == 404)
            _ = try await server.put("/v1/items/B/bins/L", #"{"bin":"A-1"}"#)
            let list = try await server.get("/v1/locations/L/bins?includeTotal=true").json
            #expect(list?["bins"]?.elements?.compactMap { $0["bin"]?.string } == ["B-1", "A-1"])
            #expect(list?["total"]?.integer == 2)
            #expect(try await server.get("/v1/locations/none/bins").status == 404)
            #expect(try await server.send(.delete, path).status == 204)
            #expect(try await server.send(.delete, path).status == 404)
            let audit = try await server.get("/v1/audit?kind=itemBin").json?["auditEntries"]?.elements
            #expect(audit?.count == 4)
        }
    }

    @Test func `the endless aisle shows other sizes here and near`() async throws {
        try await TestServer.run { server async throws in
            for (id, longitude) in [("here", 13.40), ("near", 13.41), ("far", 14.40), ("mute", 13.42)] {
                let place = id == "mute" ? "" : ",\"coordinates\":{\"latitude\":52.5,\"longitude\":\(longitude)}"
                _ = try await server.put("/v1/locations/\(id)", "{\"name\":\"\(id)\"\(place)}")
            }
            for size in ["S", "M", "L"] {
                _ = try await server.put("/v1/items/J-\(size)", Self.jacket.replacing("\"M\"", with: "\"\(size)\""))
            }
            _ = try await server.put("/v1/items/cap", #"{"name":"Cap","family":"cap"}"#)
            _ = try await server.facts(
                receipt("1", "J-S", "here", 2), receipt("2", "J-L", "far", 3), receipt("3", "J-L", "near", 4),
                receipt("4", "J-L", "mute", 5), receipt("5", "cap", "here", 9))
            let card = try await server.get("/v1/endless-aisle?sku=J-M&at=here").json
            #expect(card?["item"]?["attributes"]?["size"]?.string == "M")
            let variants = card?["variants"]?.elements ?? []
            #expect(variants.compactMap { $0["sku"]?.string } == ["J-L", "J-S"])
            let large = variants.first
            #expect(large?["attributes"]?["size"]?.string == "L")
            #expect(large?["availableToSell"]?.integer == 0)
            #expect(large?["band"]?.string == "out")
            #expect(large?["stores"]?.elements?.compactMap { $0["location"]?.string } == ["near", "far", "mute"])
            #expect(large?["stores"]?[0]?["availableToSell"]?.integer == 4)
            #expect(large?["stores"]?[2]?["distanceKm"]?.isNull == true)
            #expect(variants.last?["availableToSell"]?.integer == 2)
            #expect(variants.last?["stores"]?.elements?.isEmpty == true)
            let lonely = try await server.get("/v1/endless-aisle?sku=cap&at=here").json
            #expect(lonely?["variants"]?.elements?.isEmpty == true)
        }
    }
}

/// What people who pick read.
@Suite struct PickListTests {
    @Test func `a pick list names the goods and their bins, parts of kits too`() async throws {
        try await withStock { server async throws in
            _ = try await server.put("/v1/items/set", #"{"name":"Set","components":[{"sku":"B","quantity":2}]}"#)
            _ = try await server.put("/v1/items/A/bins/L", #"{"bin":"A-1"}"#)
            _ = try await server.put("/v1/items/B/bins/L", #"{"bin":"B-2"}"#)
            _ = try await server.put("/v1/items/A/bins/M", #"{"bin":"elsewhere"}"#)
            let order = try await server.reserve(lines: [("A", 1), ("set", 1)], more: ",\"confirm\":true")
            #expect(order.lines.first?["name"]?.isNull == true)
            for path in ["/v1/reservations?location=L&state=confirmed", "/v1/reservations/\(try order.id)"] {
                let json = try await server.get(path).json
                let lines = (json?["reservations"]?[0] ?? json)?["lines"]?.elements ?? []
                #expect(lines.compactMap { $0["name"]?.string } == ["Item A", "Set"], "\(path)")
                let parts = lines.compactMap { $0["allocations"]?[0] }
                #expect(parts.compactMap { $0["name"]?.string } == ["Item A", "Item B"], "\(path)")
                #expect(parts.compactMap { $0["bin"]?.string } == ["A-1", "B-2"], "\(path)")
            }
        }
    }

    @Test func `a pick list takes several states, and leaves unpaid holds out`() async throws {
        try await withStock { server async throws in
            let hold = try await server.reserve(lines: [("A", 1)]).id
            let order = try await server.reserve(lines: [("A", 1)], more: ",\"confirm\":true").id
            let ready = try await server.reserve(lines: [("A", 1)], more: ",\"confirm\":true").id
            _ = try await server.act("ready", ready)
            func ids(_ query: String) async throws -> Set<String> {
                let answer = try await server.get("/v1/reservations?location=L&\(query)")
                return Set(answer.json?["reservations"]?.elements?.compactMap { $0["id"]?.string } ?? [])
            }
            #expect(try await ids("state=confirmed&state=ready") == [order, ready])
            #expect(try await ids("state=ready&state=held") == [hold, ready])
            #expect(try await ids("state=open") == [hold, order, ready])
            #expect(try await ids("state=open&state=expired") == [hold, order, ready])
            _ = try await server.act("release", order)
            #expect(try await ids("state=released&state=held") == [hold, order])
            #expect(try await server.get("/v1/reservations?state=packed").parameters == ["state"])
            #expect(try await server.get("/v1/reservations?state=held&state=held").parameters == ["state"])
        }
    }

    @Test func `a pick list is narrowed to who has arrived, and to who claimed it`() async throws {
        try await withStock { server async throws in
            let waits = try await server.reserve(lines: [("A", 1)], more: ",\"confirm\":true").id
            let claimed = try await server.reserve(lines: [("A", 1)], more: ",\"confirm\":true").id
            _ = try await server.act("arrive", waits, #"{"place":"bay 4"}"#)
            _ = try await server.act("claim", claimed, #"{"by":"Ada"}"#)
            func ids(_ query: String) async throws -> [String] {
                let answer = try await server.get("/v1/reservations?location=L&state=open&\(query)")
                return answer.json?["reservations"]?.elements?.compactMap { $0["id"]?.string } ?? []
            }
            #expect(try await ids("arrived=true") == [waits])
            #expect(try await ids("arrived=false") == [claimed])
            #expect(try await ids("claimedBy=Ada") == [claimed])
            #expect(try await ids("claimedBy=Ben") == [])
        }
    }
}
