import Foundation
import InventoryImport
import InventoryService
import StrictJSON
import TestSupport
import Testing

@Suite struct MappingTests {
    private func mapping(_ yaml: String) throws -> Mapping {
        let path = "/tmp/holdfast-mapping-\(UUID().uuidString).yaml"
        try yaml.write(toFile: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try Mapping(path: path)
    }

    @Test(arguments: [
        "", "[]", "kind: stock", "kind: items", "kind: items\nfields: {sku: a}",
        "kind: items\nfields: {sku: a, name: b, x: c}",
        "kind: items\nfields: {sku: a, name: b}\nother: 1",
        "kind: items\nfields: {sku: a, name: b}\nskip: [{column: a}]",
        "kind: items\nfields: {sku: a, name: b}\ntime: {zone: Mars}", "kind: items\nfields: {sku: [], name: b}", "a: [",
        "kind: items\nfields: {sku: \"{a|loud}\", name: b}", "kind: items\nfields: {sku: \"{a\", name: b}",
        "kind: items\nfields: {sku: a, name: b}\nencoding: ebcdic",
        "kind: items\nfields: {sku: a, name: b}\nformat: xml",
        "kind: items\nfields: {sku: a, name: b}\ndelimiter: x",
        "kind: items\nfields: {sku: a, name: b}\nskip: [{column: a, matches: '[', because: c}]",
        "kind: items\nfields: {sku: a, name: b}\nskip: [{column: a, like: x, because: c}]",
        "kind: items\nfields: {sku: a}\ncases: [{fields: {unit: each}}]",
        "kind: items\nfields: {sku: a, name: b}\ncases: [{fields: {unit: each}}, {fields: {unit: gram}}]",
        "kind: items\nfields: {sku: a, name: b}\ncases: [{when: {a: {below: x}}, fields: {unit: each}}]",
    ])
    func `a mapping that cannot be meant is refused`(yaml: String) {
        #expect(throws: ImportError.self) { try mapping(yaml) }
    }

    private static let start = "kind: items\nfields: {sku: \"{a}\", name: b}\nskip: "

    @Test(arguments: [
        (start + "[{column: a, equals: &x [b], because: c}]", "anchors"), (start + "*x", "anchors"),
        ("a: [&b x, *b]", "anchors"),
        ("a: {?&b c: d}", "anchors"), ("a:\n- &b x", "anchors"), ("\"a\":&b x", "anchors"),
        ("? [a]\n: b", "names must"),
        ("{[a]: b}", "names must"), ("{{a: b}: c}", "names must"),
        (String(repeating: "[", count: 20) + String(repeating: "]", count: 20), "nested"),
        (String(repeating: "[", count: 60_000), "not YAML"), (String(repeating: "- ", count: 30_000) + "x", "not YAML"),
        ("#" + String(repeating: "x", count: 64 << 10), "bytes"),
    ])
    func `a mapping that would be more than its text is refused before it is read`(yaml: String, why: String) {
        let error = #expect(throws: ImportError.self) { try mapping(yaml) }
        #expect(error?.description.contains(why) == true, "\(error?.description ?? "")")
    }

    @Test(arguments: ["(a", "[a", "a?*", "\\k<a>", "(x)\\2", "a{2,1}", "\\C", String(repeating: "x", count: 201)])
    func `what is no pattern is refused`(pattern: String) {
        let yaml =
            "kind: items\nfields: {sku: \"{a}\", name: b}\nskip: [{column: a, matches: '\(pattern)', because: c}]"
        let error = #expect(throws: ImportError.self) { try mapping(yaml) }
        #expect(error?.description.contains("pattern") == true)
    }

    @Test(arguments: [
        "(x+)*", "(x*)*y", "((a|b)c)+", "(a|a){9}", "(a?){50}", ".*.*.*", "a*?", "(?=x)", "(x)\\1", "x{200}",
        "(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)", "a?a?a?a?a?a?a?", "(x{1,9}){9}", "(a+)+b", "(?:a|a)*c", "(.*)*\\1z",
        "(?:.|a|.|a|.|a|.|a)(?:.|a|.|a).*a.*b", "(*LIMIT_MATCH=4000000000)(a+)+b", "(?R)?a(?R)?b",
    ])
    func `a pattern that would take for ever is done in time, and costs a record at most`(pattern: String) throws {
        let yaml =
            "kind: items\nfields: {sku: \"{n}\", name: n}\nskip: [{column: a, matches: '\(pattern)', because: c}]"
        let values = (0..<300).map { "\($0),\(String(repeating: $0 % 2 == 0 ? "a" : "ax", count: 150 + $0))" }
        let started = ContinuousClock.now
        var read = 0
        try withFile(Array(("n,a\n" + values.joined(separator: "\n") + "\n").utf8)) { file in
            let reader = try RecordReader(file: file, mapping: try mapping(yaml))
            while let record = try reader.next() {
                read += 1
                if case .damaged(_, let problem, _) = record { #expect(problem.code == "patternTooDear") }
            }
        }
        #expect(read == 300)
        // Took 215 s once; the machine may have other work.
        #expect(started.duration(to: .now) < .seconds(20))
    }

    @Test func `a file on which a pattern takes too long again and again is given up`() throws {
        let yaml = "kind: items\nfields: {sku: \"{n}\", name: n}\nskip: [{column: a, matches: '(a+)+[bc]', because: c}]"
        let values = (0..<1_500).map { "\($0),\(String(repeating: "a", count: 40))\($0)" }
        let error = #expect(throws: ImportError.self) {
            try withFile(Array(("n,a\n" + values.joined(separator: "\n") + "\n").utf8)) { file in
                let reader = try RecordReader(file: file, mapping: try mapping(yaml))
                while try reader.next() != nil {}
            }
        }
        #expect(error?.description.contains("simpler") == true, "\(error?.description ?? "")")
    }

    @Test(arguments: [
        "[0-9]{5}.*", "ab[0-9]+", "(A|B)-[0-9]+", "[0-9]+(\\.[0-9]{1,2})?", "(ab){3}", "x?y?", "[+*]{2}", "\\d+\\s*",
        "(?:a|b)c",
    ])
    func `plain patterns are taken`(pattern: String) throws {
        _ = try mapping(
            "kind: items\nfields: {sku: \"{a}\", name: b}\nskip: [{column: a, matches: '\(pattern)', because: c}]")
    }

    @Test func `a value that its template would make very long costs its record`() throws {
        let text = "a\n\(String(repeating: "x", count: 1_000))\ny\n"
        let many = String(repeating: "{a}", count: 1_000)
        let records = try values(text, "kind: items\nfields: { sku: \"{a}\", name: \"\(many)\" }")
        guard case .damaged(2, let problem, _) = records[0], case .record(let second) = records[1] else {
            Issue.record("not the records that were written")
            return
        }
        #expect(problem.code == "valueTooLong" && second.values["name"]?.count == 1_000)
    }

    @Test(arguments: [
        ("yyyy-MM-dd HH:mm:ss.SSS", "2026-01-15 10:45:00.120", "2026-01-15T10:45:00.12Z"),
        ("yyyy-MM-dd HH:mm:ss.SSSSSS", "2026-01-15 10:45:00.123456", "2026-01-15T10:45:00.123456Z"),
        ("yyyy-MM-dd HH:mm:ss.SSSSSS", "2026-01-15 10:45:00.000456", "2026-01-15T10:45:00.000456Z"),
        ("dd.MM.yyyy HH:mm:ss,SSS", "15.01.2026 10:45:00,007", "2026-01-15T10:45:00.007Z"),
        ("dd.MM.yyyy HH:mm:ss", "15.01.2026 10:45:00", "2026-01-15T10:45:00Z"),
        ("yyyy-MM-dd HH:mm:ss.SSS", "2026-01-15 10:45:00.000", "2026-01-15T10:45:00Z"),
    ])
    func `times keep their fractions of a second`(format: String, text: String, expected: String) throws {
        let records = try values(
            "at\n\"\(text)\"\n",
            "kind: movements\nfields: {source: s, type: sale, eventId: e, location: L, occurredAt: \"{at}\"}\ntime: {format: \"\(format)\"}"
        )
        guard case .record(let record) = records[0] else { Issue.record("it was not read"); return }
        #expect(record.values["occurredAt"] == expected)
    }

    @Test func `every mapping of the project is read`() throws {
        let folder = URL(filePath: #filePath).appending(path: "../../../Mappings").standardizedFileURL
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path(percentEncoded: false))
        #expect(files.count >= 11)
        for file in files { _ = try Mapping(path: folder.appending(path: file).path(percentEncoded: false)) }
    }

    @Test func `fields are filled, alternatives chosen, times converted and records left out`() throws {
        let file = "/tmp/holdfast-records-\(UUID().uuidString).csv"
        try "id,a,b,at,n\n1,x,,2026-01-15 10:45:00,5\n2,,y,2026-07-15 10:45:00,0\n3,,,bad,7\n"
            .write(toFile: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: file) }
        let mapping = try mapping(
            """
            kind: movements
            fields:
              source: till
              type: sale
              eventId: "e/{id}"
              location: L
              reference: ["{a}-{b}", "{a}", "none"]
              occurredAt: "{at}"
            time: { format: "yyyy-MM-dd HH:mm:ss", zone: Europe/Berlin }
            skip: [{ column: n, equals: ["0", "9"], because: nothing }]
            """)
        let reader = try RecordReader(file: file, mapping: mapping)
        guard case .record(let first)? = try reader.next(),
            case .skipped(line: 3, because: "nothing")? = try reader.next(),
            case .record(let third)? = try reader.next()
        else { Issue.record("not the records that were written"); return }
        #expect(first.values["eventId"] == "e/1" && first.values["reference"] == "x")
        #expect(first.values["occurredAt"] == "2026-01-15T09:45:00Z")
        #expect(third.values["reference"] == "none" && third.values["occurredAt"] == "bad")
        #expect(third.line == 4)
        if let more = try reader.next() { Issue.record("more than was written: \(more)") }
    }

    private func values(_ text: String, _ yaml: String) throws -> [ReadRecord] {
        try withFile(Array(text.utf8)) { path in
            let reader = try RecordReader(file: path, mapping: try mapping(yaml))
            var records: [ReadRecord] = []
            while let record = try reader.next() { records.append(record) }
            return records
        }
    }

    @Test func `the first case whose conditions hold gives the fields, and none is a problem`() throws {
        let records = try values(
            "no,qty,code\nC1,-5,ab1\n2,-3,ab2\n3,7,zz\n4,0,ab4\n5,12,ab5\n6,,ab6\n",
            """
            kind: movements
            fields: { source: s, eventId: "{@line}", code: "{code|upper}", location: L }
            cases:
              - when: { no: { startsWith: C } }
                fields: { type: return, quantity: "{qty|absolute}" }
              - when: { qty: { below: 0 } }
                fields: { type: adjustment, delta: "{qty}", reason: writeOff }
              - when: { qty: { above: 0, notMatches: "1[0-9]" } }
                fields: { type: sale, quantity: "{qty}" }
              - when: { qty: { empty: true } }
                fields: { type: opening, quantity: "1" }
            skip:
              - { column: code, notMatches: "ab[0-9]+", because: no product }
              - { when: { qty: "0" }, because: nothing }
            """)
        let types = records.map {
            switch $0 {
            case .record(let record): record.values["type"] ?? "?"
            case .skipped(_, let because): because
            case .damaged(_, let problem, _): problem.code
            case .unfinished: "unfinished"
            }
        }
        #expect(types == ["return", "adjustment", "no product", "nothing", "noCase", "opening"])
        guard case .record(let first) = records[0], case .record(let last) = records[5] else { return }
        #expect(first.values["quantity"] == "5" && first.values["code"] == "AB1" && first.values["eventId"] == "1")
        #expect(last.values["eventId"] == "6", "skipped and damaged records keep their numbers")
    }

    @Test(arguments: [
        ("Mo-Sa 07:00-21:00; Su,PH off", "monday 07:00-21:00 saturday 07:00-21:00"),
        ("PH,Su off; Mo-Sa 8:00-20:00", "monday 08:00-20:00 saturday 08:00-20:00"),
        ("Mo-Fr 07:00-12:00,13:00-20:00, Sa 09:00-12:00", "monday 07:00-12:00,13:00-20:00 saturday 09:00-12:00"),
        ("Mo-Sa 07:00-21:00, Su, PH off", "monday 07:00-21:00 saturday 07:00-21:00"), ("24/7", "sunday 00:00-24:00"),
        ("Mo-Su off", ""), ("Fr-Mo 10:00-12:00", "monday 10:00-12:00 sunday 10:00-12:00"),
    ])
    func `OpenStreetMap's plain opening hours are read`(text: String, expected: String) throws {
        let records = try values("id,name,h\n1,x,\"\(text)\"\n", hoursMapping)
        guard case .record(let record) = records[0], let hours = record.values["openingHours"] else { return }
        #expect(record.notes.isEmpty)
        let root = try JSONDocument(parsing: Array(hours.utf8)).root
        for day in expected.split(separator: " ") where day.first?.isLetter == true {
            #expect(
                root.members?.contains { $0.name.string == String(day) && !($0.value.elements ?? []).isEmpty } == true)
        }
        let periods = root.members?.flatMap {
            ($0.value.elements ?? []).map { String(decoding: $0.raw, as: UTF8.self) }
        }
        for period in expected.split(whereSeparator: { $0 == " " || $0 == "," }) where period.first?.isNumber == true {
            let ends = period.split(separator: "-")
            #expect(
                periods?.contains("{\"opens\":\"\(ends[0])\",\"closes\":\"\(ends[1])\"}") == true,
                "\(period) in \(hours)")
        }
        if expected.isEmpty { #expect(periods?.isEmpty == true) }
    }

    @Test(arguments: [
        ("Mo-Fr 08:00-12:00, We 14:00-18:00", ["08:00-12:00", "14:00-18:00"], ["08:00-12:00"]),
        ("We 14:00-18:00, Mo-Fr 08:00-12:00", ["08:00-12:00", "14:00-18:00"], ["08:00-12:00"]),
        ("Mo-Fr 08:00-12:00; We 14:00-18:00", ["14:00-18:00"], ["08:00-12:00"]),
        ("Mo-Fr 08:00-12:00; We 14:00-18:00, We 09:00-10:00", ["09:00-10:00", "14:00-18:00"], ["08:00-12:00"]),
        ("Mo-Fr 08:00-12:00, We off", [], ["08:00-12:00"]),
    ])
    func `a rule behind a comma adds to its days, and one behind a semicolon takes their place`(
        text: String, wednesday: [String], monday: [String]
    ) throws {
        let records = try values("id,name,h\n1,x,\"\(text)\"\n", hoursMapping)
        guard case .record(let record) = records[0], let hours = record.values["openingHours"] else { return }
        #expect(record.notes.isEmpty)
        let root = try JSONDocument(parsing: Array(hours.utf8)).root
        for (day, expected) in [("wednesday", wednesday), ("monday", monday)] {
            let periods = root.members?.first { $0.name.string == day }?.value.elements?.map {
                String(decoding: $0.raw, as: UTF8.self)
            }
            let wanted = expected.map { period in
                let ends = period.split(separator: "-")
                return "{\"opens\":\"\(ends[0])\",\"closes\":\"\(ends[1])\"}"
            }
            #expect(periods == wanted, "\(day) of \(hours)")
        }
    }

    @Test func `a folder is called one, and a file that is not there too`() throws {
        let folder = FileManager.default.temporaryDirectory.path(percentEncoded: false)
        #expect(throws: ImportError.unreadable(file: folder, why: "it is a folder; name a file in it")) {
            _ = try RecordReader(file: folder, kind: .items, mapping: nil, format: nil)
        }
        #expect(throws: ImportError.unreadable(file: "list", why: "there is no such file")) {
            _ = try RecordReader(file: folder + "no such file", name: "list", kind: .items, mapping: nil, format: nil)
        }
        #expect(throws: ImportError.unreadable(file: folder, why: "it is a folder; name a file in it")) {
            _ = try Mapping(path: folder)
        }
        do {
            _ = try ImportService.digest(of: folder)
            Issue.record("a folder was read")
        } catch {
            #expect(error.detail == "\(folder) cannot be read: it is a folder; name a file in it")
        }
    }

    @Test(arguments: [
        "Mo-Fr 08:00-12:00, We 11:00-18:00", "Mo-Sa 07:00-21:00; Dec 24 07:00-14:00", "dauerhaft geschlossen",
        "Mo-Sa 09:00", "Fr 20:00-02:00",
    ])
    func `opening hours that are more than that become a note`(text: String) throws {
        guard case .record(let record) = try values("id,name,h\n1,x,\"\(text)\"\n", hoursMapping)[0] else { return }
        #expect(record.values["openingHours"] == "" && record.notes.count == 1)
    }

    private var hoursMapping: String {
        "kind: locations\nfields: { id: \"{id}\", name: \"{name}\", openingHours: \"{h|osmHours}\" }"
    }

    @Test func `JSON lines are read with and without a mapping, and a bad one alone is left out`() throws {
        let text = "{\"sku\":\"A\",\"n\":3,\"deep\":{\"x\":1}}\n\n[1]\n{\"sku\":\n{\"sku\":\"B\",\"n\":null}\n"
        let records = try values(text, "kind: items\nfields: { sku: \"{sku}\", name: [\"{n} {deep}\", \"none\"] }")
        guard case .record(let first) = records[0], case .damaged(3, let list, _) = records[1],
            case .damaged(4, let cut, _) = records[2], case .record(let last) = records[3]
        else { Issue.record("not the records that were written"); return }
        #expect(first.values["name"] == "3 {\"x\":1}" && last.values["name"] == "none" && last.line == 5)
        #expect(list.code == "notJSON" && cut.code == "notJSON")
        try withFile(Array(text.utf8)) { path in
            let reader = try RecordReader(file: path, kind: .items, mapping: nil, format: nil)
            guard case .record(let record)? = try reader.next() else { return }
            #expect(record.json != nil)
        }
    }

    @Test func `without a mapping a CSV file's columns are the fields, and others are named`() throws {
        try withFile(Array("sku,name\nA,x\n".utf8)) { path in
            let reader = try RecordReader(file: path, kind: .items, mapping: nil, format: nil)
            guard case .record(let record)? = try reader.next() else { return }
            #expect(record.values == ["sku": "A", "name": "x"])
            #expect(throws: ImportError.missingColumn("id", has: ["sku", "name"])) {
                try RecordReader(file: path, kind: .locations, mapping: nil, format: nil)
            }
        }
        _ = try withFile(Array("sku,name,colour\nA,x,red\n".utf8)) { path in
            #expect(throws: ImportError.unknownColumn("colour", kind: "items")) {
                try RecordReader(file: path, kind: .items, mapping: nil, format: nil)
            }
        }
    }
}
