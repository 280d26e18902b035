import Foundation
import InventoryImport
import TestSupport
import Testing

@Suite struct CSVReaderTests {
    private func read(_ bytes: [UInt8]) throws -> (columns: [String], records: [[String]]) {
        let path = "/tmp/holdfast-csv-\(UUID().uuidString)"
        try Data(bytes).write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        let reader = try CSVReader(FileBytes(path: path))
        var records: [[String]] = []
        while let record = try reader.next() { records.append(record) }
        return (reader.columns, records)
    }

    private func read(_ text: String) throws -> [[String]] { try read(Array(text.utf8)).records }

    @Test(
        arguments: [
            ("a,b\n1,2\n", [["1", "2"]]), ("a,b\r\n1,2\r\n", [["1", "2"]]), ("a,b\n1,2", [["1", "2"]]),
            ("a,b\n\"x,y\",\"say \"\"hi\"\"\"\n", [["x,y", "say \"hi\""]]), ("a,b\n\"l1\nl2\",z\n", [["l1\nl2", "z"]]),
            ("a,b\n,\n", [["", ""]]), ("a,b\n\n1,2\n\n", [["1", "2"]]), ("a,b\n\"q\"\r\n", nil),
            ("a,b\né,日\n", [["é", "日"]]),
            ("a,b\n\"\",\"\"\r\n", [["", ""]]),
        ] as [(String, [[String]]?)])
    func `records are read as RFC 4180 says`(text: String, records: [[String]]?) throws {
        if let records {
            #expect(try read(text) == records)
        } else {
            #expect(throws: ImportError.self) { try read(text) }
        }
    }

    @Test func `a byte-order mark is passed over`() throws {
        #expect(try read([0xEF, 0xBB, 0xBF] + Array("a,b\n1,2\n".utf8)).columns == ["a", "b"])
    }

    @Test func `what is wrong is said with its line`() throws {
        #expect(throws: ImportError.noHeader) { try read("") }
        #expect(throws: ImportError.fieldCount(line: 3, found: 1, expected: 2)) { try read("a,b\n1,2\n3\n") }
        #expect(throws: ImportError.unclosedQuote(line: 3)) {
            try read("a,b\n\"x\ny\",2\n\"z,4\n".replacing("\"x\ny\"", with: "x"))
        }
        #expect(throws: ImportError.strayQuote(line: 2)) { try read("a,b\n\"x\"y,2\n") }
        #expect(throws: ImportError.notUTF8(line: 2)) { try read(Array("a,b\n1,".utf8) + [0xFF, 0x0A]) }
        let endless = "a,b\n\"" + String(repeating: "x", count: CSVReader.recordBytesMax + 10)
        #expect(throws: ImportError.recordTooLong(line: 2, bytesMax: CSVReader.recordBytesMax)) { try read(endless) }
    }

    @Test func `a gzip file is read, a cut one is reported, a damaged one too`() throws {
        // Sizes around the inflater's buffer, where a loop may stop one step early or late.
        for size in [0, 1, 131_064, 131_068, 131_072, 262_136, 400_000] {
            let text = "a,b\n" + String(repeating: "x,y\n", count: size / 4)
            let packed = try gzip(text)
            #expect(try read(packed).records.count == size / 4, "\(size)")
            #expect(try read(packed + gzip("1,2\n")).records.count == size / 4 + 1, "two members, \(size)")
            #expect(throws: ImportError.self) { try read(Array(packed.dropLast(9))) }
        }
        var damaged = try gzip("a,b\n" + String(repeating: "1,2\n", count: 500))
        damaged[damaged.count - 6] ^= 0xFF
        #expect(throws: ImportError.self) { try read(damaged) }
    }

    private func gzip(_ text: String) throws -> [UInt8] {
        let path = "/tmp/holdfast-gzip-\(UUID().uuidString)"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: path) }
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["gzip", "-c", path]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return Array(data)
    }
}

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
    ])
    func `a mapping that cannot be meant is refused`(yaml: String) {
        #expect(throws: ImportError.self) { try mapping(yaml) }
    }

    @Test func `every mapping of the project is read`() throws {
        let folder = URL(filePath: #filePath).appending(path: "../../../Mappings").standardizedFileURL
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path(percentEncoded: false))
        #expect(files.count >= 4)
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
        guard case .record(let first)? = try reader.next(), case .skipped(because: "nothing")? = try reader.next(),
            case .record(let third)? = try reader.next()
        else { Issue.record("not the records that were written"); return }
        #expect(first.values["eventId"] == "e/1" && first.values["reference"] == "x")
        #expect(first.values["occurredAt"] == "2026-01-15T09:45:00Z")
        #expect(third.values["reference"] == "none" && third.values["occurredAt"] == "bad")
        #expect(third.line == 4)
        if let more = try reader.next() { Issue.record("more than was written: \(more)") }
    }
}
