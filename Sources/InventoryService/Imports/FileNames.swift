package import Inventory

/// What a row of a file is about, as the file names it. One item, or place, may have several names.
package struct FileNames: Sendable, Hashable {
    /// Whose code system a code is of that says none; nil: of none.
    package var source: SourceID?
    package var item: ItemReference?
    package var place: LocationReference?

    package init(source: SourceID?, item: ItemReference?, place: LocationReference?) {
        self.source = source
        self.item = item
        self.place = place
    }

    /// Names that one call looks up.
    package static let perCallMax = 5_000

    /// Others are what they are.
    fileprivate var hasCode: Bool {
        if case .code? = item { return true }
        if case .code? = place { return true }
        return false
    }

    /// By the sku and the id that its codes are mapped to, which all names of one thing share; a code that is mapped to nothing
    /// as its system compares it.
    fileprivate func meant(_ things: NamedThings) -> FileNames {
        var names = self
        if case .code(let given, let code)? = item {
            let system = given ?? things.codeSystem
            names.item = things.sku.map { .sku($0) } ?? .code(system: system, code.canonical(in: system))
        }
        if case .code(let given, let code)? = place {
            let system = given ?? things.codeSystem
            names.place = things.location.map { .id($0) } ?? .code(system: system, code.canonical(in: system))
        }
        return names
    }
}

/// What is known by the names of a row.
package struct NamedThings: Sendable, Hashable {
    /// Nil where no item has the name.
    package let sku: SKU?
    /// Nil where no location has it.
    package let location: LocationID?
    /// The source's own.
    package let codeSystem: CodeSystem?

    package init(sku: SKU?, location: LocationID?, codeSystem: CodeSystem?) {
        self.sku = sku
        self.location = location
        self.codeSystem = codeSystem
    }
}

extension ImportStore {
    /// What names mean: the same of all that name one thing. Only codes are looked up.
    func meanings(of names: [FileNames]) async throws(StoreError) -> [FileNames] {
        let asked = Array(Set(names.filter(\.hasCode)))
        guard !asked.isEmpty else { return names }
        var meanings: [FileNames: FileNames] = [:]
        for (name, things) in zip(asked, try await allThings(named: asked)) { meanings[name] = name.meant(things) }
        return names.map { meanings[$0] ?? $0 }
    }

    /// - Returns: of those that are mapped to an item.
    func skus(of codes: [ItemReference]) async throws(StoreError) -> [ItemReference: SKU] {
        guard !codes.isEmpty else { return [:] }
        let names = codes.map { FileNames(source: nil, item: $0, place: nil) }
        var skus: [ItemReference: SKU] = [:]
        for (code, things) in zip(codes, try await allThings(named: names)) { skus[code] = things.sku }
        return skus
    }

    /// - Returns: one for each, in their order.
    func allThings(named names: [FileNames]) async throws(StoreError) -> [NamedThings] {
        var things: [NamedThings] = []
        for start in stride(from: 0, to: names.count, by: FileNames.perCallMax) {
            things += try await self.things(named: Array(names[start..<min(start + FileNames.perCallMax, names.count)]))
        }
        return things
    }
}
