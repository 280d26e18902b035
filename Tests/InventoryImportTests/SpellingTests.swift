import Foundation
import InventoryImport
import TestSupport
import Testing

/// What people and programs write into cells, and what becomes of it.
@Suite struct SpellingTests {
    /// The records of a file with one column `x` and these cells.
    private func records(_ cells: [String], _ yaml: String) throws -> [MappedRecord] {
        let rows = cells.map { "\"\($0.replacing("\"", with: "\"\""))\",x\n" }
        return try withFile(Array(("x,y\n" + rows.joined()).utf8)) { path in
            let reader = try RecordReader(file: path, mapping: try Mapping(yaml: yaml, folder: nil))
            var records: [MappedRecord] = []
            while let next = try reader.next() { if case .record(let record) = next { records.append(record) } }
            return records
        }
    }

    @Test(arguments: NumberSpellings.groups)
    func `a number is read as it is meant, or refused with what to do`(group: NumberSpellings.Group) throws {
        let numbers = group.numbers.isEmpty ? "" : "numbers: \(group.numbers)\n"
        let yaml = "kind: snapshots\n\(numbers)fields: { location: L, sku: A, quantity: \"{x}\" }"
        let records = try records(group.spellings.map(\.text), yaml)
        try #require(records.count == group.spellings.count)
        for (spelling, record) in zip(group.spellings, records) {
            let (value, refusal) = (record.values["quantity"], record.refusals["quantity"])
            switch spelling.meaning {
            case .units(let units):
                #expect(value.flatMap { Int64($0) } == units && refusal == nil, "\(spelling): \(refusal ?? "")")
            case .nothing: #expect(value == "" && refusal == nil, "\(spelling): \(refusal ?? "")")
            case .refused(let why):
                #expect(
                    refusal?.contains(why) == true, "'\(spelling.text)' as \(value ?? ""): \(refusal ?? "no reason")")
            }
        }
    }

    @Test(arguments: TimeSpellings.groups)
    func `a time is the instant that it says, or refused`(group: TimeSpellings.Group) throws {
        let yaml = """
            kind: snapshots
            time: { format: "\(group.format)", zone: \(group.zone) }
            fields: { location: L, sku: A, quantity: "1", asOf: "{x}" }
            """
        let records = try records(group.spellings.map(\.text), yaml)
        try #require(records.count == group.spellings.count)
        for (spelling, record) in zip(group.spellings, records) {
            let refusal = record.refusals["asOf"]
            if let instant = spelling.instant {
                #expect(record.values["asOf"] == instant && refusal == nil, "\(spelling.text): \(refusal ?? "")")
            } else {
                #expect(refusal != nil, "'\(spelling.text)' as \(record.values["asOf"] ?? "")")
            }
        }
    }

    @Test func `there are two hundred spellings and more, each once`() {
        let numbers = NumberSpellings.groups.map { $0.spellings.map(\.text) }
        let times = TimeSpellings.groups.map { $0.spellings.map(\.text) }
        for group in numbers + times { #expect(Set(group).count == group.count) }
        #expect((numbers + times).reduce(0) { $0 + $1.count } >= 200)
    }

    @Test func `an empty cell has its default, and listed values stand for the field's`() throws {
        let yaml = """
            kind: items
            fields: { sku: "{x}", name: n, status: "{x}", unit: "{x}" }
            values: { status: { J: active, " N ": discontinued, "": stopSale } }
            defaults: { unit: each, sku: none }
            """
        let records = try records(["J", " N", "", "  ", "Q"], yaml)
        #expect(records.map { $0.values["status"] } == ["active", "discontinued", "stopSale", "stopSale", "Q"])
        #expect(records.map { $0.values["unit"] } == ["J", "N", "each", "each", "Q"])
        // An id is no text: blanks around it are refused, and stay for whoever reads the report.
        #expect(records.map { $0.values["sku"] } == ["J", " N", "none", "none", "Q"])
        #expect(records.map { $0.refusals["sku"] != nil } == [false, true, false, false, false])
    }

    @Test func `a default and a listed value are units already, and no number of the file's`() throws {
        let yaml = """
            kind: snapshots
            fields: { location: L, sku: A, quantity: "{x}" }
            numbers: { decimal: ",", factor: 1000 }
            values: { quantity: { not stocked: 0 } }
            defaults: { quantity: 7 }
            """
        #expect(try records(["1,5", "not stocked", ""], yaml).map { $0.values["quantity"] } == ["1500", "0", "7"])
    }

    @Test func `a case may write its numbers in its own way`() throws {
        let yaml = """
            kind: movements
            fields: { source: s, eventId: "{@line}", location: L, sku: A, type: sale }
            numbers: { decimal: "," , minus: trailing }
            cases:
              - when: { x: { below: 0 } }
                fields: { type: return, quantity: "{x|absolute}" }
              - fields: { quantity: "{x}" }
                numbers: { factor: 1000 }
            """
        let records = try records(["5,0-", "-3", "1,5", "\u{2212}2", "0"], yaml)
        #expect(records.map { $0.values["type"] } == ["return", "return", "sale", "return", "sale"])
        #expect(records.map { $0.values["quantity"] } == ["5", "3", "1500", "2", "0"])
    }

    @Test func `a number of a JSON line is JSON's, whatever the mapping says of texts`() throws {
        let yaml = """
            kind: snapshots
            fields: { location: L, sku: A, quantity: "{x}" }
            numbers: { decimal: ",", grouping: ".", factor: 10 }
            """
        let lines = ["1.5", "\"1,5\"", "\"1.500\"", "2e1", "5.000", "0.01", "null"]
        try withFile(Array(lines.map { "{\"x\":\($0)}\n" }.joined().utf8)) { path in
            let reader = try RecordReader(file: path, mapping: try Mapping(yaml: yaml, folder: nil))
            var read: [String] = []
            while case .record(let record)? = try reader.next() {
                read.append(record.refusals["quantity"] == nil ? record.values["quantity"] ?? "" : "refused")
            }
            #expect(read == ["15", "15", "15000", "200", "50", "refused", ""])
        }
    }

    @Test(arguments: [
        "numbers: 1", "numbers: { sign: \".\" }", "numbers: { decimal: \" \" }", "numbers: { decimal: \";\" }",
        "numbers: { decimal: \".\", grouping: \".\" }", "numbers: { minus: behind }", "numbers: { minus: [] }",
        "numbers: { factor: 0 }", "numbers: { factor: -1 }", "numbers: { factor: 1e3 }", "numbers: { factor: \"1,5\" }",
        "defaults: 1", "defaults: { colour: red }", "defaults: { sku: [a] }", "values: { colour: { a: b } }",
        "values: { status: active }", "values: { status: { a: [b] } }",
    ])
    func `settings of numbers, defaults and values that cannot be meant are refused`(setting: String) {
        let error = #expect(throws: ImportError.self) {
            try Mapping(yaml: "kind: items\nfields: { sku: \"{x}\", name: n }\n\(setting)", folder: nil)
        }
        #expect(error?.code == "badMapping")
    }
}
