/// The regular expressions that mappings may use. Matching goes back and tries again, so what a text may cost is bounded
/// by how often it can: not in repetitions of repetitions, which a few characters make endless.
enum PatternSubset {
    /// Parts that can be of many lengths: `*`, `+`, `{2,}` and `{2,5}`. Two cost the square of the value's length.
    private static let repetitionsMax = 2
    /// Ways through all of `?` and `|` together.
    private static let choicesMax = 64
    /// Of `{2,5}`: bounds the size of what is made of the pattern.
    private static let countMax = 100

    private struct Group {
        var alternatives = 1
        /// Matches one text in several ways, or texts of several lengths.
        var varies = false
    }

    /// - Returns: what of it may not be used; nil when it may.
    static func refused(_ pattern: String) -> String? {
        var rest = Array(pattern)[...]
        var groups = [Group()]
        var repetitions = 0
        var choices = 1
        /// Of what stands before a quantifier.
        var isGroup = false
        var last = Group()
        func multiply(_ factor: Int) { choices = min(choicesMax + 1, choices * factor) }
        while let character = rest.popFirst() {
            var closed = false
            switch character {
            case "\\":
                guard let escaped = rest.popFirst() else { return "a \\ at its end" }
                // Letters with a braced or named argument, and numbers that name a group.
                let isPlain = "dDwWsSbBtnrfAzZ".contains(escaped)
                guard isPlain || !(escaped.isLetter || escaped.isNumber) else { return "\\\(escaped)" }
            case "[":
                if rest.first == "^" { rest.removeFirst() }
                if rest.first == "]" { return "a set that begins with ]" }
                var isClosed = false
                while let inside = rest.popFirst() {
                    if inside == "\\" { _ = rest.popFirst() }
                    if inside == "[" { return "a set within a set" }
                    if inside == "]" {
                        isClosed = true
                        break
                    }
                }
                guard isClosed else { return "a set without an end" }
            case "(":
                if rest.first == "?" {
                    guard rest.starts(with: "?:") else { return "(?" }
                    rest.removeFirst(2)
                }
                if rest.first == "*" { return "(*" }
                groups.append(Group())
            case ")":
                guard groups.count > 1, let group = groups.popLast() else { return "a ) without a (" }
                multiply(group.alternatives)
                if group.varies || group.alternatives > 1 { groups[groups.count - 1].varies = true }
                (closed, last) = (true, group)
            case "|": groups[groups.count - 1].alternatives += 1
            case "?":
                // Of a group that was closed here all ways are counted already.
                multiply(2)
                groups[groups.count - 1].varies = true
                if let next = rest.first, "*+{".contains(next) { return "two quantifiers in a row" }
            case "*", "+", "{":
                var isFixed = false
                if character == "{" {
                    let text = String(rest.prefix { $0 != "}" })
                    guard rest.count > text.count else { return "a { without an end" }
                    rest.removeFirst(text.count + 1)
                    let bounds = text.split(separator: ",", omittingEmptySubsequences: false)
                    let numbers = bounds.map { Int($0) }
                    guard (1...2).contains(bounds.count), let first = numbers[0], first <= countMax,
                        bounds.count == 1 || bounds[1].isEmpty || (numbers[1].map { $0 <= countMax } ?? false)
                    else { return "{\(text)}; counts go to \(countMax)" }
                    isFixed = bounds.count == 1
                }
                if isGroup, last.varies || last.alternatives > 1 || !isFixed { return "a repeated group" }
                if !isFixed {
                    repetitions += 1
                    groups[groups.count - 1].varies = true
                    guard repetitions <= repetitionsMax else { return "more than \(repetitionsMax) repetitions" }
                }
                // `+` behind a quantifier would make it possessive, and `?` lazy; neither is a repetition of its own.
                if let next = rest.first, "*+?{".contains(next) { return "two quantifiers in a row" }
            default: break
            }
            isGroup = closed
        }
        guard groups.count == 1 else { return "a ( without a )" }
        multiply(groups[0].alternatives)
        return choices <= choicesMax ? nil : "more than \(choicesMax) ways through ? and |"
    }
}
