import Inventory
import InventoryService
import LibPQ

/// A balance that a rule may be about.
struct PreviewedBalance {
    let key: BalanceKey
    let sku: SKU
    let location: LocationID
    let isInNewScope: Bool
    private let status: ItemStatus
    private let isEligible: Bool
    private let onHand: Int64
    private let reserved: Int64

    /// Of balance `b`, item `i` and location `l`.
    enum Column: Int32, SelectedColumn {
        case item, place, sku, location, status, isEligible, onHand, reserved, isInNewScope

        var selected: String {
            switch self {
            case .item: "b.item_id"
            case .place: "b.location_id"
            case .sku: "i.sku"
            case .location: "l.id"
            case .status: "i.status"
            case .isEligible: AvailabilitySQL.isEligible
            case .onHand: "b.on_hand"
            case .reserved: AvailabilitySQL.reserved
            case .isInNewScope: PreviewedBalance.isInNewScope("b.item_id")
            }
        }
    }

    init(_ row: Row) {
        let row = ColumnReader<Column>(row)
        key = row.balanceKey(.item, .place)
        sku = SKU(stored: row.text(.sku))
        location = LocationID(stored: row.text(.location))
        status = ItemStatus(stored: row.text(.status))
        isEligible = row.bool(.isEligible)
        onHand = row.int8(.onHand)
        reserved = row.int8(.reserved)
        isInNewScope = row.bool(.isInNewScope)
    }

    func figures(_ rules: HoldBackRules, _ question: RulePreviewQuestion) -> RulePreview.Figures {
        let isSold = rules.rules.restriction(for: question.channel, by: question.method) == nil
        let terms = AvailabilityTerms(
            onHand: onHand, reserved: reserved,
            holdBack: rules.holdBack(from: question.channel, by: question.method, onHand: onHand), itemStatus: status,
            isEligible: isEligible && isSold)
        return .init(availableToSell: terms.availableToSell, band: terms.band, isEligible: terms.isEligible)
    }

    // MARK: - Scopes

    /// The scope that a rule would have and the one that it has: `$4` to `$11` of every statement here.
    static let scopes: [PQType] = [.bool, .int8, .int4, .int4, .bool, .int8, .int4, .int4]

    /// Whether an item is in the new scope at location `l`.
    static func isInNewScope(_ item: String) -> String { isInScope(item, first: 4) }

    /// The same of either scope.
    static func isInScopes(_ item: String) -> String {
        "(\(isInScope(item, first: 4)) or \(isInScope(item, first: 8)))"
    }

    private static func isInScope(_ item: String, first: Int) -> String {
        """
        ($\(first)::bool and ($\(first + 1)::int8 is null or \(item) = $\(first + 1))
         and ($\(first + 2)::int4 is null or l.location_id = $\(first + 2))
         and ($\(first + 3)::int4 is null or exists (
             select from location_group_member m where m.group_id = $\(first + 3) and m.location_id = l.location_id)))
        """
    }
}

/// Kits that a rule is about, or that one of their parts it is about, wherever a part has stock.
struct PreviewedKits {
    struct Kit {
        let key: BalanceKey
        let sku: SKU
        let location: LocationID
        let isInNewScope: Bool
        fileprivate let status: ItemStatus
        fileprivate let isEligible: Bool

        /// Of kit `i` and location `l`.
        enum Column: Int32, SelectedColumn {
            case item, place, sku, location, status, isEligible, isInNewScope

            var selected: String {
                switch self {
                case .item: "i.item_id"
                case .place: "l.location_id"
                case .sku: "i.sku"
                case .location: "l.id"
                case .status: "i.status"
                case .isEligible: AvailabilitySQL.isEligible
                case .isInNewScope: PreviewedBalance.isInNewScope("i.item_id")
                }
            }
        }

        init(_ row: Row) {
            let row = ColumnReader<Column>(row)
            key = row.balanceKey(.item, .place)
            sku = SKU(stored: row.text(.sku))
            location = LocationID(stored: row.text(.location))
            isInNewScope = row.bool(.isInNewScope)
            status = ItemStatus(stored: row.text(.status))
            isEligible = row.bool(.isEligible)
        }

        /// - Parameter made: how many its parts make there.
        func figures(_ rules: HoldBackRules, _ question: RulePreviewQuestion, made: Int64) -> RulePreview.Figures {
            let isSold = rules.rules.restriction(for: question.channel, by: question.method) == nil
            let available = isEligible && isSold && status != .stopSale ? made : 0
            let threshold = rules.holdBack(from: question.channel, by: question.method, onHand: 0).threshold
            return .init(
                availableToSell: available, band: Band(availableToSell: available, threshold: threshold),
                isEligible: isEligible && isSold)
        }
    }

    let kits: [Kit]
    /// There were no more of them.
    let isComplete: Bool
    /// Balances of parts that the rule is not about.
    let parts: [PreviewedBalance]
    private let recipes: [ItemNumber: [KitRecipePart]]

    /// - Parameters:
    ///   - balances: those that the rule is about.
    ///   - countMax: kits at locations that are looked at.
    init(
        _ network: NetworkFilter, _ new: ScopeNumbers?, _ old: ScopeNumbers?, beside balances: [PreviewedBalance],
        countMax: Int, on session: Session
    ) throws(PQError) {
        let rows = try session.query(.previewKits) {
            $0.network(network)
            $0.scope(new)
            $0.scope(old)
            $0.int8(Int64(countMax + 1))
        }
        isComplete = rows.count <= countMax
        let kits = rows.prefix(countMax).map(Kit.init)
        self.kits = kits
        let recipes = try session.recipes(of: kits.map(\.key.item))
        self.recipes = recipes
        let known = Set(balances.map(\.key))
        let missing = Set(
            kits.flatMap { kit in
                (recipes[kit.key.item] ?? []).map { BalanceKey(item: $0.item, location: kit.key.location) }
            }
        ).subtracting(known).sorted()
        guard !missing.isEmpty else {
            parts = []
            return
        }
        parts = try session.query(.previewParts) {
            $0.network(network)
            $0.scope(new)
            $0.scope(old)
            $0.int8s(missing) { $0.item.rawValue }
            $0.int4s(missing) { $0.location.rawValue }
        }.map(PreviewedBalance.init)
    }

    /// The balances of its parts; none of an item that is no kit.
    func partKeys(ofKitAt key: BalanceKey) -> [BalanceKey] {
        (recipes[key.item] ?? []).map { BalanceKey(item: $0.item, location: key.location) }
    }

    /// How many its parts make.
    /// - Parameter figures: of a balance; nil where there is none.
    func made(of kit: Kit, _ figures: (BalanceKey) -> RulePreview.Figures?) -> Int64 {
        (recipes[kit.key.item] ?? []).map { recipe in
            let part = figures(BalanceKey(item: recipe.item, location: kit.key.location))
            return (part?.availableToSell ?? 0) / recipe.quantity
        }.min() ?? 0
    }
}

extension Statement {
    private typealias SQL = AvailabilitySQL

    fileprivate static let previewKits = Statement(
        "preview_kits", SQL.network + PreviewedBalance.scopes + [.int8],
        sql: """
            with \(SQL.scope)
            select \(PreviewedKits.Kit.Column.selectList)
            from (
                select distinct c.kit_id, l.location_id
                from kit_component c
                cross join lateral (
                    select b.location_id from balance b where b.item_id = c.component_id and b.version > 0 offset 0) b
                cross join lateral (
                    select * from location l where l.location_id = b.location_id and l.deleted_at is null offset 0) l
                where c.valid_until is null
                  and (\(PreviewedBalance.isInScopes("c.kit_id")) or \(PreviewedBalance.isInScopes("c.component_id")))
                order by c.kit_id, l.location_id limit $12
            ) k
            cross join lateral (select * from item i where i.item_id = k.kit_id offset 0) i
            cross join lateral (select * from location l where l.location_id = k.location_id offset 0) l
            order by k.kit_id, k.location_id
            """)

    /// Named balances; the scopes say only whether the rule would be about them.
    fileprivate static let previewParts = Statement(
        "preview_parts", SQL.network + PreviewedBalance.scopes + [.int8Array, .int4Array],
        sql: """
            with \(SQL.scope)
            select \(PreviewedBalance.Column.selectList)
            from unnest($12, $13) as asked(item_id, location_id)
            cross join lateral (
                select * from balance b
                where b.item_id = asked.item_id and b.location_id = asked.location_id offset 0) b
            cross join lateral (select * from item i where i.item_id = b.item_id offset 0) i
            cross join lateral (
                select * from location l where l.location_id = b.location_id and l.deleted_at is null offset 0) l
            """)
}
