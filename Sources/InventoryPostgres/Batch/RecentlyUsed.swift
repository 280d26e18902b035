/// Remembers a bounded number of values and forgets the longest unused first.
///
/// Two generations: what is used moves to the young one, and when that is full the old one is dropped whole. That
/// costs no list to keep in order, and memory is bounded by twice the generation.
struct RecentlyUsed<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private var young: [Key: Value] = [:]
    private var old: [Key: Value] = [:]
    /// Entries of one generation.
    let generationMax: Int

    init(generationMax: Int) {
        self.generationMax = generationMax
    }

    var count: Int { young.count + old.count }

    mutating func value(for key: Key) -> Value? {
        if let value = young[key] { return value }
        guard let value = old.removeValue(forKey: key) else { return nil }
        insert(value, for: key)
        return value
    }

    mutating func insert(_ value: Value, for key: Key) {
        old.removeValue(forKey: key)
        guard young.updateValue(value, forKey: key) == nil, young.count >= generationMax else { return }
        old = young
        young = [:]
    }

    mutating func remove(_ key: Key) {
        young.removeValue(forKey: key)
        old.removeValue(forKey: key)
    }

    mutating func removeAll() {
        young.removeAll()
        old.removeAll()
    }
}
