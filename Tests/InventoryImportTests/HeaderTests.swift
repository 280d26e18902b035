import InventoryImport
import InventoryService
import TestSupport
import Testing

/// The first lines of files as spreadsheets and shop systems write them.
@Suite struct HeaderTests {
    private static let yaml = "kind: snapshots\nfields: { sku: \"{SKU}\", location: L, quantity: \"{Stock}\" }"

    private func values(_ text: String, _ yaml: String = yaml) throws -> [[String: String]] {
        try withFile(Array(text.utf8)) { path in
            let reader = try RecordReader(file: path, mapping: try Mapping(yaml: yaml, folder: nil))
            var records: [[String: String]] = []
            while let next = try reader.next() {
                switch next {
                case .record(let record): records.append(record.values)
                case .damaged(let line, let problem, _): records.append(["line": "\(line)", "code": problem.code])
                default: Issue.record("neither a record nor damaged")
                }
            }
            return records
        }
    }

    private static let expected = [["sku": "A", "location": "L", "quantity": "4"]]

    @Test(arguments: [
        "SKU,Stock,,\nA,4,,\n", "SKU,Stock,\nA,4,\n", "SKU,Stock,,\nA,4\n", "SKU,Tax,Stock,Tax\nA,Y,4,N\n",
        "SKU , Stock\nA,4\n", "\u{FEFF}\"SKU\",\"Stock\"\n\"A\",\"4\"\n", "\u{A0}SKU,\tStock\nA,4\n",
        ",SKU,,Stock\nx,A,y,4\n",
        "SKU,Stock\nA,4,,\n", "SKU,Stock\nA,4, ,\t\n", "sep=,\nSKU,Stock\nA,4\n", "sep=;\r\nSKU;Stock\r\nA;4\r\n",
        "SEP=;\nSKU;Stock\nA;4\n", "\u{FEFF}\"sep=;\"\nSKU;Stock\nA;4\n", "sep=\t\nSKU\tStock\nA\t4\n",
        "sep=|\nSKU|Stock\nA|4\n", "SKU,Stock\nA, 4 \n", "SKU,Stock\n\"A\",\" 4\"\n",
    ])
    func `columns are found as people mean them`(text: String) throws {
        #expect(try values(text) == Self.expected)
    }

    /// Or a list with "S-1 " would make a second item beside "S-1".
    @Test(arguments: [
        "SKU,Stock\n A , 4 \n", "SKU,Stock\n\"A \",\" 4\"\n", "SKU,Stock\nA\u{A0},4\n", "SKU,Stock\nA\u{3000},4\n",
    ])
    func `blanks around an id are refused, unless the mapping takes them away`(text: String) throws {
        try withFile(Array(text.utf8)) { path in
            let reader = try RecordReader(file: path, mapping: try Mapping(yaml: Self.yaml, folder: nil))
            guard case .record(let record)? = try reader.next() else {
                Issue.record("no record")
                return
            }
            #expect(record.refusals["sku"]?.hasPrefix("has blanks around it: write |trim") == true)
            #expect(record.values["quantity"] == "4")
        }
        let trimming = Self.yaml.replacing("{SKU}", with: "{SKU|trim}")
        #expect(try values(text, trimming) == Self.expected)
    }

    @Test func `a mapping may have blanks around its columns too`() throws {
        let yaml = "kind: snapshots\nfields: { sku: \"{ SKU }\", location: L, quantity: \"{Stock |trim}\" }"
        #expect(try values(" SKU,Stock \nA,4\n", yaml) == Self.expected)
    }

    @Test func `a record whose further cells hold something, or that lacks a named column, is said`() throws {
        let text = "SKU,Stock,\nA,4,,x\nA\nA,4\n"
        #expect(
            try values(text) == [
                ["line": "2", "code": "fieldCount"], ["line": "3", "code": "fieldCount"], Self.expected[0],
            ])
    }

    @Test func `a column that is there twice is refused only where it is used`() throws {
        for text in ["SKU,Stock,Stock\nA,4,9\n", "SKU,Stock, Stock\nA,4,9\n"] {
            #expect(throws: ImportError.repeatedColumn("Stock")) { try values(text) }
        }
        let condition = Self.yaml + "\nskip: [{ column: Tax, equals: Y, because: taxed }]"
        #expect(throws: ImportError.repeatedColumn("Tax")) { try values("SKU,Tax,Stock,Tax\nA,Y,4,N\n", condition) }
        try withFile(Array("sku,location,quantity,quantity\nA,L,1,2\n".utf8)) { path in
            _ = #expect(throws: ImportError.repeatedColumn("quantity")) {
                try RecordReader(file: path, kind: .snapshots, mapping: nil, format: nil)
            }
        }
    }

    @Test(arguments: [
        ("SKU;Stock\nA;4\n", ";"), ("SKU\tStock\nA\t4\n", "tab"), ("SKU|\"Stock\"\nA|4\n", "|"),
        ("Text ; SKU ; Stock\n", ";"),
    ])
    func `a missing column names the delimiter that would have found it`(text: String, likely: String) throws {
        let error = #expect(throws: ImportError.self) { try values(text) }
        #expect(error?.code == "missingColumn")
        #expect(error?.description.contains("write delimiter: \"\(likely)\"") == true, "\(error?.description ?? "")")
        let comma = #expect(throws: ImportError.self) {
            try values("SKU,Stock\nA,4\n", Self.yaml + "\ndelimiter: \";\"")
        }
        #expect(comma?.description.contains("write delimiter: \",\"") == true)
    }

    @Test(arguments: [";", "|", "\t"])
    func `quoted names behind another delimiter are told as that`(sign: String) throws {
        let error = #expect(throws: ImportError.self) { try values("\"SKU\"\(sign)\"Stock\"\nA\(sign)4\n") }
        let likely = sign == "\t" ? "tab" : sign
        #expect(error?.description.contains("write delimiter: \"\(likely)\"") == true, "\(error?.description ?? "")")
    }

    @Test func `a column that no delimiter would find has no such hint`() throws {
        #expect(throws: ImportError.missingColumn("Stock", has: ["SKU", "Menge"])) { try values("SKU,Menge,\nA,4,\n") }
    }

    @Test func `lines are counted as an editor counts them, the delimiter's line too`() throws {
        #expect(try values("sep=;\nSKU;Stock\nA;4;x\n") == [["line": "3", "code": "fieldCount"]])
        #expect(throws: ImportError.noHeader) { try values("sep=;\n") }
    }

    @Test func `cells of blanks are empty ones`() throws {
        let yaml = """
            kind: snapshots
            fields: { sku: ["{SKU}", "{Old}"], location: L, quantity: "{Stock}" }
            skip: [{ column: Stock, empty: true, because: no figure }]
            """
        let text = "SKU,Old,Stock\n  ,B,4\n\u{A0},B,5\nA,B,  \n"
        try withFile(Array(text.utf8)) { path in
            let reader = try RecordReader(file: path, mapping: try Mapping(yaml: yaml, folder: nil))
            var read: [String] = []
            while let next = try reader.next() {
                switch next {
                case .record(let record): read.append(record.values["sku"] ?? "")
                case .skipped(_, let because): read.append(because)
                default: Issue.record("damaged")
                }
            }
            #expect(read == ["B", "B", "no figure"])
        }
    }
}
