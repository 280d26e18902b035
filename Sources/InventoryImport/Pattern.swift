import CPCRE2

/// A regular expression of a mapping, matched by PCRE2 within bounds: mappings come from anybody who may import, and a few
/// characters can make a pattern that would be tried in more ways than there is time for.
///
/// It remembers what it was asked: columns repeat their values, and matching is slow.
final class Pattern {
    /// What became of one value.
    enum Match: Sendable, Hashable {
        case yes, no
        /// Not found out within the bounds.
        case tooDear
    }

    /// Characters of a pattern, and bytes of a value that is held against it; longer values match nothing.
    static let lengthMax = 200
    static let valueBytesMax = 1_000
    /// Steps of the matcher for one value, a few milliseconds, and KiB that it may set aside.
    private static let stepsMax: UInt32 = 20_000
    private static let heapKiBMax: UInt32 = 1_024
    private static let rememberedMax = 20_000

    private let code: OpaquePointer
    private let limits: OpaquePointer
    private let found: OpaquePointer
    private var remembered: [String: Match] = [:]

    /// - Returns: nil for what is no pattern, and for one that would be too large.
    init?(_ text: String) {
        guard text.unicodeScalars.count <= Self.lengthMax else { return nil }
        // For the whole value, whatever stands in it; and never inside a character.
        let options =
            PCRE2_UTF | PCRE2_UCP | PCRE2_ANCHORED | PCRE2_ENDANCHORED
            | PCRE2_NEVER_BACKSLASH_C
        var problem: Int32 = 0
        var position = 0
        var text = text
        let code = text.withUTF8 { pcre2_compile_8($0.baseAddress, $0.count, options, &problem, &position, nil) }
        guard let code else { return nil }
        guard let limits = pcre2_match_context_create_8(nil),
            let found = pcre2_match_data_create_from_pattern_8(code, nil)
        else { preconditionFailure("no memory for a pattern") }
        pcre2_set_match_limit_8(limits, Self.stepsMax)
        pcre2_set_heap_limit_8(limits, Self.heapKiBMax)
        (self.code, self.limits, self.found) = (code, limits, found)
    }

    deinit {
        pcre2_match_data_free_8(found)
        pcre2_match_context_free_8(limits)
        pcre2_code_free_8(code)
    }

    func match(_ value: String) -> Match {
        guard value.utf8.count <= Self.valueBytesMax else { return .no }
        if let known = remembered[value] { return known }
        var copy = value
        let status = copy.withUTF8 {
            // A text of ours is sound UTF-8.
            pcre2_match_8(code, $0.baseAddress, $0.count, 0, PCRE2_NO_UTF_CHECK, found, limits)
        }
        let match: Match = status > 0 ? .yes : status == PCRE2_ERROR_NOMATCH ? .no : .tooDear
        if remembered.count < Self.rememberedMax { remembered[value] = match }
        return match
    }
}
