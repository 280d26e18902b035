import Hummingbird
import InventoryHTTP
import StrictJSON
import TestSupport
import Testing

/// Tills that send what their scanners read: labels of scales, and UPC-E.
@Suite struct ScannedCodeRoutesTests {
    private func sell(
        _ server: TestServer, _ code: String, system: String? = "gtin", event: String, quantity: Int = 1
    ) async throws -> JSONValue? {
        let codeSystem = system.map { "\"codeSystem\":\"\($0)\"," } ?? ""
        let line =
            "{\"eventId\":\"\(event)\",\"type\":\"sale\",\"code\":\"\(code)\",\(codeSystem)\"location\":\"L\",\"quantity\":\(quantity)}"
        let answer = try await server.send(
            .post, "/v1/movements", "{\"source\":\"till\",\"lines\":[\(line)]}")
        return answer.json?["results"]?[0]
    }

    private func shop(_ body: @escaping @Sendable (TestServer) async throws -> Void) async throws {
        try await TestServer.run { server async throws in
            #expect(try await server.put("/v1/items/oranges", "{\"name\":\"Oranges\",\"unit\":\"gram\"}").status == 201)
            try await server.shop.addItem("cake")
            try await server.shop.addLocation("L")
            try await body(server)
        }
    }

    @Test func `a label with a weight sells so many grams of its article`() async throws {
        try await shop { server async throws in
            try await server.shop.addAlias("gtin", "2100001000004", "oranges")
            for (number, code) in ["2100001027506", "2100001011307", "2100001004804"].enumerated() {
                #expect(try await sell(server, code, event: "\(number)")?["verdict"]?.string == "applied")
            }
            #expect(try await server.shop.onHand("oranges", "L") == -4_360)
            // Two of one weight; and a line that comes again is known, whatever it was read as.
            #expect(try await sell(server, "2100001004804", event: "two", quantity: 2)?["verdict"]?.string == "applied")
            #expect(
                try await sell(server, "2100001004804", event: "two", quantity: 2)?["verdict"]?.string == "duplicate")
            #expect(try await server.shop.onHand("oranges", "L") == -5_320)
        }
    }

    @Test func `without a rule nothing is guessed of an article that is unknown or sold by piece`() async throws {
        try await shop { server async throws in
            #expect(try await sell(server, "2100001027506", event: "1")?["verdict"]?.string == "parked")
            try await server.shop.addAlias("gtin", "2100001000004", "cake")
            #expect(try await sell(server, "2100001027506", event: "2")?["verdict"]?.string == "parked")
            // A code that is known in full is that.
            try await server.shop.addAlias("gtin", "2100001011307", "cake")
            #expect(try await sell(server, "2100001011307", event: "3")?["verdict"]?.string == "applied")
            #expect(try await server.shop.onHand("cake", "L") == -1)
        }
    }

    private static let rules = """
        {"codeSystem":"gtin","labels":[
        {"prefixes":["21","28"],"articleFrom":3,"articleTo":7,"valueFrom":8,"valueTo":12,"kind":"weight"},
        {"prefixes":["22"],"articleFrom":3,"articleTo":7,"valueFrom":8,"valueTo":12,"kind":"price","decimals":2}]}
        """

    @Test func `by a source's rule an unknown article is one exception, and its weights are applied once it is known`()
        async throws
    {
        try await shop { server async throws in
            #expect(try await server.put("/v1/sources/till", Self.rules).status == 201)
            for (number, code) in ["2100001027506", "2100001011307"].enumerated() {
                #expect(try await sell(server, code, system: nil, event: "\(number)")?["verdict"]?.string == "parked")
            }
            let open = try await server.get("/v1/exceptions?type=unknownCode").json?["exceptions"]?.elements
            #expect(open?.count == 1)
            let alias = "{\"codeSystem\":\"gtin\",\"code\":\"2100001000004\",\"sku\":\"oranges\"}"
            #expect(try await server.put("/v1/aliases", alias).status == 201)
            #expect(try await server.shop.onHand("oranges", "L") == -3_880)
            #expect(
                try await sell(server, "2100001011307", system: nil, event: "1")?["verdict"]?.string == "duplicate")
        }
    }

    private func exceptions(_ server: TestServer, _ type: String) async throws -> [JSONValue] {
        try #require(try await server.get("/v1/exceptions?type=\(type)").json?["exceptions"]?.elements)
    }

    @Test func `by a source's rule an unknown article is one exception, whatever prices are on its labels`()
        async throws
    {
        try await shop { server async throws in
            #expect(try await server.put("/v1/sources/till", Self.rules).status == 201)
            for (number, code) in ["2212347012501", "2212347004995"].enumerated() {
                #expect(try await sell(server, code, event: "\(number)")?["verdict"]?.string == "parked")
            }
            let open = try await exceptions(server, "unknownCode")
            #expect(open.map { $0["code"]?.string } == ["02212347000003"] && open[0]["linesWaiting"]?.integer == 2)
            let alias = "{\"codeSystem\":\"gtin\",\"code\":\"2212347000003\",\"sku\":\"cake\"}"
            #expect(try await server.put("/v1/aliases", alias).status == 201)
            #expect(try await server.shop.onHand("cake", "L") == -2)
            #expect(try await sell(server, "2212347012501", event: "0")?["verdict"]?.string == "duplicate")
        }
    }

    @Test(arguments: [("2212347012501", "2212347000003", "oranges"), ("2100001027506", "2100001000004", "cake")])
    func `a label that does not say how much was sold is for a person, once its article is known`(
        label: String, article: String, sku: String
    ) async throws {
        try await shop { server async throws in
            #expect(try await server.put("/v1/sources/till", Self.rules).status == 201)
            #expect(try await sell(server, label, event: "1")?["verdict"]?.string == "parked")
            let alias = "{\"codeSystem\":\"gtin\",\"code\":\"\(article)\",\"sku\":\"\(sku)\"}"
            #expect(try await server.put("/v1/aliases", alias).status == 201)
            #expect(try await server.shop.onHand(sku, "L") == 0)
            #expect(try await exceptions(server, "unknownCode").isEmpty)
            let kept = try await exceptions(server, "rejectedLine")
            #expect(kept.map { $0["problem"]?["code"]?.string } == ["labelUnclear"])
            #expect(kept[0]["line"]?.string?.contains(label) == true && kept[0]["eventId"]?.string == "1")
            #expect(try await server.shop.count("parked_line") == 0)
            let id = try #require(kept[0]["id"]?.string)
            let resolved = try await server.post(
                "/v1/exceptions/\(id)/resolve",
                """
                {"action":"correct","line":{"eventId":"1","type":"sale","sku":"\(sku)","location":"L","quantity":3}}
                """)
            #expect(resolved.json?["status"]?.string == "resolved", "\(resolved.body)")
            #expect(try await server.shop.onHand(sku, "L") == -3)
        }
    }

    @Test func `a label with a price sells one of its article, and nothing of what is weighed`() async throws {
        try await shop { server async throws in
            #expect(try await server.put("/v1/sources/till", Self.rules).status == 201)
            try await server.shop.addAlias("gtin", "2212347000003", "cake")
            #expect(try await sell(server, "2212347012501", event: "1")?["verdict"]?.string == "applied")
            #expect(try await server.shop.onHand("cake", "L") == -1)
            try await server.shop.addAlias("gtin", "2200001000001", "oranges")
            #expect(try await sell(server, "2200001012509", event: "2")?["verdict"]?.string == "parked")
        }
    }

    @Test func `rules are kept as they were put, and what cannot be one is refused with its place`() async throws {
        try await shop { server async throws in
            #expect(try await server.put("/v1/sources/till", Self.rules).status == 201)
            let labels = try await server.get("/v1/sources/till").json?["labels"]
            #expect(labels?.elements?.count == 2)
            #expect(labels?[0]?["prefixes"]?.elements?.compactMap(\.string) == ["21", "28"])
            #expect(labels?[0]?["decimals"]?.integer == 3 && labels?[1]?["decimals"]?.integer == 2)
            #expect(labels?[1]?["kind"]?.string == "price" && labels?[1]?["valueTo"]?.integer == 12)
            let bad: [(rule: String, pointer: String)] = [
                ("{}", "/labels/0/prefixes"), ("{\"prefixes\":[\"40\"]}", "/labels/0/prefixes"),
                ("{\"prefixes\":[\"21\"],\"articleFrom\":1}", "/labels/0/articleFrom"),
                ("{\"prefixes\":[\"21\"],\"valueTo\":13}", "/labels/0/valueTo"),
                (
                    "{\"prefixes\":[\"21\"],\"articleFrom\":3,\"articleTo\":8,\"valueFrom\":8,\"valueTo\":12,\"kind\":\"weight\"}",
                    "/labels/0/valueFrom"
                ), ("{\"kind\":\"length\"}", "/labels/0/kind"), ("{\"sign\":1}", "/labels/0/sign"), ("1", "/labels/0"),
            ]
            for (rule, pointer) in bad {
                let answer = try await server.put("/v1/sources/till", "{\"labels\":[\(rule)]}")
                #expect(answer.status == 400 && answer.body.contains("\"\(pointer)\""), "\(rule): \(answer.body)")
            }
            // What comes behind a shorter prefix is never looked at.
            func rule(_ prefixes: String) -> String {
                "{\"prefixes\":[\(prefixes)],\"articleFrom\":5,\"articleTo\":7,\"valueFrom\":8,\"valueTo\":12,\"kind\":\"price\"}"
            }
            for (rules, pointer) in [
                ([rule("\"21\",\"21\"")], "/labels/0/prefixes"),
                ([rule("\"2\""), rule("\"213\"")], "/labels/1/prefixes"),
            ] {
                let answer = try await server.put("/v1/sources/till", "{\"labels\":[\(rules.joined(separator: ","))]}")
                #expect(answer.status == 400 && answer.pointers == [pointer], "\(answer.body)")
            }
            let longer = "{\"labels\":[\(rule("\"213\"")),\(rule("\"2\""))]}"
            #expect(try await server.put("/v1/sources/till", longer).status == 200)
        }
    }

    @Test func `a UPC-E is its UPC-A, unless it is right as a GTIN of 8 digits`() async throws {
        try await shop { server async throws in
            try await server.shop.addAlias("gtin", "042100005264", "cake")
            #expect(try await sell(server, "04252614", event: "1")?["verdict"]?.string == "applied")
            #expect(try await sell(server, "04252614", system: "upc-e", event: "2")?["verdict"]?.string == "applied")
            #expect(try await server.shop.onHand("cake", "L") == -2)
            #expect(try await sell(server, "04252615", event: "3")?["verdict"]?.string == "parked")
            // Right as both: only who says that it is a UPC-E is believed.
            try await server.shop.addAlias("gtin", "012345000065", "cake")
            #expect(try await sell(server, "01234565", event: "4")?["verdict"]?.string == "parked")
            #expect(try await sell(server, "01234565", system: "upc-e", event: "5")?["verdict"]?.string == "applied")
        }
    }
}
