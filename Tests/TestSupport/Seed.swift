/// A random generator that a test can name: SplitMix64 (Steele, Lea and Flood, 2014). A failing test prints its seed.
package struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

extension SeededGenerator {
    /// True once in `count` times.
    package mutating func isOne(in count: Int) -> Bool { Int.random(in: 0..<count, using: &self) == 0 }

    package mutating func pick<T>(_ elements: [T]) -> T {
        guard let element = elements.randomElement(using: &self) else { preconditionFailure("nothing to pick from") }
        return element
    }

    /// Mostly small, sometimes at the edges, where mistakes are.
    package mutating func units(max: Int64) -> Int64 {
        switch Int.random(in: 0..<10, using: &self) {
        case 0: 1
        case 1: max
        case 2: max - 1
        default: Int64.random(in: 1...20, using: &self)
        }
    }
}

/// The seeds that every run tries; add one that was found to fail as a test of its own.
package let seeds: [UInt64] = [1, 2, 3, 5, 8, 13, 21, 34]

/// SQL that counts what is in the tables of this database. A plain `analyze` would also take in the tables that all
/// databases of a server share, and so wait for the tests beside this one.
package let analyzeOwnTables = """
    do $$
    declare
        own regclass;
    begin
        for own in
            select oid::regclass from pg_class
            where relkind in ('r', 'p') and relnamespace = current_schema()::regnamespace and not relispartition
        loop
            execute 'analyze ' || own;
        end loop;
    end
    $$;
    """
