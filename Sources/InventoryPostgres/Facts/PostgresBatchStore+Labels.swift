package import Inventory
package import InventoryService
import LibPQ

/// What labels with a weight or a price in them mean.
extension PostgresBatchStore {
    private static let labelsTimeout: Duration = .seconds(5)

    package func labels(of source: SourceNumber) async throws(StoreError) -> KnownLabels {
        try await readPool.perform(timeout: Self.labelsTimeout) { session throws(PQError) in
            let row = try session.query(.sourceLabels) { $0.int4(source.rawValue) }.first
            guard let row else { return KnownLabels() }
            var cursor = RowCursor(row)
            let (rules, system) = (cursor.texts(), cursor.textIfPresent())
            return KnownLabels(
                rules: rules.compactMap(LabelRule.init(stored:)), codeSystem: system.map(CodeSystem.init(stored:)))
        }
    }

    package func articles(_ codes: [Code]) async throws(StoreError) -> [KnownArticle] {
        try await readPool.perform(timeout: Self.labelsTimeout) { session throws(PQError) in
            try session.query(.labelArticles) { $0.texts(codes) { $0.text } }.map { row in
                var row = RowCursor(row)
                return KnownArticle(code: Code(stored: row.text()), unit: row.text())
            }
        }
    }
}

extension Statement {
    fileprivate static let sourceLabels = Statement(
        "source_labels", [.int4], sql: "select s.labels, s.code_system from source s where s.source_id = $1")

    fileprivate static let labelArticles = Statement(
        "label_articles", [.textArray],
        sql: """
            select a.code, i.unit
            from unnest($1) as asked(code)
            cross join lateral (
                select a.code, a.item_id from alias a where a.code_system = 'gtin' and a.code = asked.code offset 0
            ) a
            cross join lateral (select i.unit from item i where i.item_id = a.item_id offset 0) i
            """)
}
