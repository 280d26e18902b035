import StrictJSON
import Testing

@Suite struct MergePatchTests {
    private func value(_ text: String) throws -> JSONValue { try JSONDocument(parsing: Array(text.utf8)).root }

    /// RFC 7396, appendix A, in its order.
    @Test(
        arguments: [
            (#"{"a":"b"}"#, #"{"a":"c"}"#, #"{"a":"c"}"#),
            (#"{"a":"b"}"#, #"{"b":"c"}"#, #"{"a":"b","b":"c"}"#),
            (#"{"a":"b"}"#, #"{"a":null}"#, #"{}"#),
            (#"{"a":"b","b":"c"}"#, #"{"a":null}"#, #"{"b":"c"}"#),
            (#"{"a":["b"]}"#, #"{"a":"c"}"#, #"{"a":"c"}"#),
            (#"{"a":"c"}"#, #"{"a":["b"]}"#, #"{"a":["b"]}"#),
            (#"{"a":{"b":"c"}}"#, #"{"a":{"b":"d","c":null}}"#, #"{"a":{"b":"d"}}"#),
            (#"{"a":[{"b":"c"}]}"#, #"{"a":[1]}"#, #"{"a":[1]}"#),
            (#"["a","b"]"#, #"["c","d"]"#, #"["c","d"]"#),
            (#"{"a":"b"}"#, #"["c"]"#, #"["c"]"#),
            (#"{"a":"foo"}"#, "null", "null"),
            (#"{"a":"foo"}"#, #""bar""#, #""bar""#),
            (#"{"e":null}"#, #"{"a":1}"#, #"{"e":null,"a":1}"#),
            (#"[1,2]"#, #"{"a":"b","c":null}"#, #"{"a":"b"}"#),
            (#"{}"#, #"{"a":{"bb":{"ccc":null}}}"#, #"{"a":{"bb":{}}}"#),
        ])
    func `the examples of RFC 7396 come out as it says`(target: String, patch: String, result: String) throws {
        let merged = try value(target).merged(with: try value(patch))
        #expect(merged.canonicalText == (try value(result).canonicalText))
    }

    @Test func `values stay as they were written, and names are told apart by their bytes`() throws {
        let target = try value(#"{"n":1.50e1,"s":"\u00e9\n","\u00e9":1}"#)
        let merged = try target.merged(with: try value(#"{"e\u0301":2,"new":12345678901234567890123}"#))
        #expect(
            String(decoding: merged.raw, as: UTF8.self)
                == #"{"n":1.50e1,"s":"\u00e9\n","é":1,"é":2,"new":12345678901234567890123}"#)
    }

    @Test func `objects inside a new object lose their nulls, and lists keep theirs`() throws {
        let merged = try value("{}").merged(with: try value(#"{"a":{"b":null,"c":{"d":null}},"l":[null,{"x":null}]}"#))
        #expect(String(decoding: merged.raw, as: UTF8.self) == #"{"a":{"c":{}},"l":[null,{"x":null}]}"#)
    }
}
