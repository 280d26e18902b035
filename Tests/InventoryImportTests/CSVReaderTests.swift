import Foundation
import InventoryImport
import TestSupport
import Testing

/// Runs `body` with the path of a file that holds the bytes.
func withFile<T>(_ bytes: [UInt8], _ body: (String) throws -> T) throws -> T {
    let path = "/tmp/holdfast-import-test-\(UUID().uuidString)"
    try Data(bytes).write(to: URL(filePath: path))
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(path)
}

func gzip(_ text: String) throws -> [UInt8] {
    try withFile(Array(text.utf8)) { path in
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

@Suite struct CSVReaderTests {
    private func read(
        _ bytes: [UInt8], encoding: TextEncoding = .utf8, delimiter: Character = ","
    ) throws -> (columns: [String], records: [CSVReader.Record], lines: [Int]) {
        try withFile(bytes) { path in
            func open() throws -> CSVReader {
                try CSVReader(FileBytes(path: path), encoding: encoding, delimiter: delimiter.asciiValue ?? 0x2C)
            }
            let reader = try open()
            var records: [CSVReader.Record] = []
            var lines: [Int] = []
            while let record = try reader.next() {
                if record == .unfinished { continue }
                records.append(record)
                lines.append(reader.line)
            }
            // Passing over finds the same records on the same lines.
            let passing = try open()
            var passed: [Int] = []
            reading: while true {
                switch try passing.pass() {
                case .record: passed.append(passing.line)
                case .unfinished: continue
                case .end: break reading
                }
            }
            #expect(passed == lines)
            return (reader.columns, records, lines)
        }
    }

    private func fields(_ text: String) throws -> [[String]] {
        try read(Array(text.utf8)).records.map { if case .fields(let fields) = $0 { fields } else { [] } }
    }

    @Test(
        arguments: [
            ("a,b\n1,2\n", [["1", "2"]]), ("a,b\r\n1,2\r\n", [["1", "2"]]), ("a,b\n1,2", [["1", "2"]]),
            ("a,b\n1,2\r", [["1", "2"]]), ("a,b\n\"x,y\",\"say \"\"hi\"\"\"\n", [["x,y", "say \"hi\""]]),
            ("a,b\n\"l1\nl2\",z\n", [["l1\nl2", "z"]]), ("a,b\n\"l1\r\nl2\",z\r\n", [["l1\r\nl2", "z"]]),
            ("a,b\n,\n", [["", ""]]), ("a,b\n\n1,2\n\r\n\n", [["1", "2"]]), ("a,b\né,日\n", [["é", "日"]]),
            ("a,b\n\"\",\"\"\r\n", [["", ""]]), ("a,b\n1,\"2\"", [["1", "2"]]), ("a\n\n1\n", [[""], ["1"]]),
            ("a,b\n5\" pipe,x\"y\n", [["5\" pipe", "x\"y"]]),
        ] as [(String, [[String]])])
    func `records are read as RFC 4180 says`(text: String, records: [[String]]) throws {
        #expect(try fields(text) == records)
    }

    @Test func `a byte-order mark is passed over, and other delimiters are taken`() throws {
        #expect(try read([0xEF, 0xBB, 0xBF] + Array("a,b\n1,2\n".utf8)).columns == ["a", "b"])
        #expect(try read(Array("a;b\n1,5;2\n".utf8), delimiter: ";").records == [.fields(["1,5", "2"])])
    }

    @Test func `a damaged record is said with its line, and the rest is read`() throws {
        let text = "a,b\n1,2\n3\n\"x\"y,\"2\n\"multi\nline\",4\n5,6,7\n8,9\n"
        let (_, records, lines) = try read(Array(text.utf8))
        #expect(lines == [2, 3, 4, 5, 7, 8])
        #expect(records[0] == .fields(["1", "2"]))
        #expect(records[1] == .damaged(RecordProblem("fieldCount", "1 fields where the header has 2"), raw: "3"))
        guard case .damaged(let stray, _) = records[2] else { Issue.record("a stray quote was read"); return }
        #expect(stray.code == "strayQuote")
        #expect(records[3] == .fields(["multi\nline", "4"]))
        guard case .damaged(let count, let raw) = records[4] else { Issue.record("three fields were read"); return }
        #expect(count.code == "fieldCount" && raw == "5,6,7")
        #expect(records[5] == .fields(["8", "9"]))
    }

    @Test func `bytes of another encoding cost their record, or are read when it is named`() throws {
        let bytes = Array("a,b\ncaf".utf8) + [0xE9] + Array(",1\nok,2\n".utf8)
        let records = try read(bytes).records
        guard case .damaged(let problem, _) = records[0] else { Issue.record("not UTF-8, and read"); return }
        #expect(problem.code == "notUTF8")
        #expect(records[1] == .fields(["ok", "2"]))
        #expect(try read(bytes, encoding: .latin1).records[0] == .fields(["café", "1"]))
        let euro = Array("a,b\n".utf8) + [0x80, 0x2C, 0x81, 0x0A, 0x80, 0x2C, 0x31, 0x0A]
        let windows = try read(euro, encoding: .windows1252).records
        guard case .damaged(let missing, _) = windows[0] else { Issue.record("0x81 is nothing there"); return }
        #expect(missing.code == "wrongEncoding")
        #expect(windows[1] == .fields(["€", "1"]))
    }

    @Test func `a gigantic line is left out alone, and a quote that is never closed stops the file`() throws {
        let long = String(repeating: "x", count: CSVReader.recordBytesMax + 10)
        let records = try read(Array("a,b\n1,2\n\(long),2\n3,4\n".utf8)).records
        #expect(records.count == 3)
        guard case .damaged(let problem, let raw) = records[1] else { Issue.record("the long line was read"); return }
        #expect(problem.code == "recordTooLong" && raw.utf8.count <= 1_100)
        #expect(records[2] == .fields(["3", "4"]))
        let unclosed = ImportError.unclosedQuote(line: 3, bytesMax: CSVReader.recordBytesMax)
        #expect(throws: unclosed) { try read(Array("a,b\nx,2\n\"z,4\n5,6\n".utf8)) }
        #expect(throws: unclosed) { try read(Array("a,b\nx,2\n\"\(long)\",4\n".utf8)) }
    }

    @Test func `a lost line of any length, and empty lines, let the caller do something else`() throws {
        let long = String(repeating: "x", count: 9 << 20)
        for text in ["a,b\n\(long),2\n3,4\n", "a,b\n" + String(repeating: "\n", count: 9 << 20) + "3,4\n"] {
            let packed = try gzip(text)
            #expect(packed.count < 100_000)
            try withFile(packed) { path in
                let (reader, passing) = (try CSVReader(FileBytes(path: path)), try CSVReader(FileBytes(path: path)))
                var (unfinished, unfinishedPasses) = (0, 0)
                var records: [CSVReader.Record] = []
                while let record = try reader.next() {
                    if record == .unfinished { unfinished += 1 } else { records.append(record) }
                }
                while case let passed = try passing.pass(), passed != .end {
                    if passed == .unfinished { unfinishedPasses += 1 }
                }
                #expect(unfinished >= 2 && unfinishedPasses >= 2)
                #expect(records.last == .fields(["3", "4"]))
                #expect(reader.line == passing.line)
                if text.hasPrefix("a,b\nx") {
                    guard case .damaged(let problem, _) = records[0] else { Issue.record("it was read"); return }
                    #expect(records.count == 2 && problem.code == "recordTooLong")
                } else {
                    #expect(records.count == 1)
                }
            }
        }
    }

    @Test func `a small gzip file that holds very much is given in small pieces, up to a bound`() throws {
        let packed = try gzip(String(repeating: "x", count: 20 << 20))
        try withFile(packed) { path in
            let bytes = try FileBytes(path: path)
            var (total, longest) = (0, 0)
            while let piece = try bytes.next() {
                total += piece.count
                longest = max(longest, piece.count)
            }
            #expect(total == 20 << 20 && longest <= 512 << 10)
            let bounded = try FileBytes(path: path, contentBytesMax: 5 << 20)
            #expect(throws: ImportError.tooLarge(bytesMax: 5 << 20)) {
                while try bounded.next() != nil {}
            }
        }
    }

    @Test func `a small gzip file of nothing but line breaks is refused before it is read to its end`() throws {
        let packed = try gzip("a,b\n" + String(repeating: "\n", count: 100 << 20))
        #expect(packed.count < 1 << 20)
        var lines = 0
        let error = #expect(throws: ImportError.self) {
            try withFile(packed) { path in
                let reader = try CSVReader(FileBytes(path: path))
                while try reader.pass() != .end { lines += 1 }
            }
        }
        #expect(error?.code == "overpackedGzip", "\(error?.description ?? "")")
        // Blank lines are passed over in steps, each a few MB: it has not looked at all of them.
        #expect(lines < 100)
    }

    @Test func `zeros behind a gzip member are the end, and anything behind them is damage`() throws {
        let packed = try gzip("a,b\n1,2\n")
        for count in [1, 512, 300_000] {
            #expect(try read(packed + [UInt8](repeating: 0, count: count)).records == [.fields(["1", "2"])])
        }
        #expect(throws: ImportError.self) { try read(packed + [0, 0] + packed) }
        #expect(throws: ImportError.self) { try read(packed + [1, 2, 3]) }
    }

    @Test func `a header has a bounded number of columns`() throws {
        let names = (0..<CSVReader.columnsMax).map { "c\($0)" }
        #expect(try read(Array((names.joined(separator: ",") + "\n").utf8)).columns == names)
        #expect(throws: ImportError.tooManyColumns(max: CSVReader.columnsMax)) {
            try read(Array((names.joined(separator: ",") + ",more\n").utf8))
        }
    }

    @Test func `what is no CSV file is told as what it is`() throws {
        #expect(throws: ImportError.noHeader) { try read([]) }
        for bytes in [[0xFF, 0xFE, 0x61, 0x00], [0x61, 0x00, 0x2C, 0x00], [0x50, 0x4B, 0x03, 0x04, 1]] as [[UInt8]] {
            #expect(throws: ImportError.self) { try read(bytes) }
        }
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
}
