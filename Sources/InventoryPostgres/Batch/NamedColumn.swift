import Inventory
import LibPQ

/// What a batch reads of a name beside its balance, of rows `name` and `i`. The balance's own columns follow.
enum NamedColumn: Int32, SelectedColumn {
    /// Of the name among those asked for, from 1.
    case place
    case unitsPerCode, isEligible, sku, status
    case hasItemRules, hasLocationRules, locationSafetyStock, locationThreshold, itemSafetyStock, itemThreshold
    /// The name is a kit's, and the balance that of one of its parts; the rest is about that.
    case isPart
    case partQuantity, kit, kitSKU, kitStatus, isKitRestricted, partCount
    case location

    var selected: String {
        switch self {
        case .place: "name.ord"
        case .unitsPerCode: "name.units_per_code"
        case .isEligible: "name.is_eligible"
        case .sku: "i.sku"
        case .status: "i.status"
        case .hasItemRules: "i.rules & \(ItemRules.any) <> 0"
        case .hasLocationRules: "name.rules <> 0"
        case .locationSafetyStock: "name.safety_stock"
        case .locationThreshold: "name.threshold"
        case .itemSafetyStock: "i.safety_stock"
        case .itemThreshold: "i.threshold"
        case .isPart: "name.is_kit"
        case .partQuantity: "name.quantity"
        case .kit: "name.named_id"
        case .kitSKU: "name.named_sku"
        case .kitStatus: "name.named_status"
        case .isKitRestricted: "name.named_rules & \(ItemRules.saleRestriction) <> 0"
        case .partCount: "name.count"
        case .location: "name.location"
        }
    }
}

/// Which half of a name is missing.
enum MissingNameColumn: Int32, SelectedColumn {
    /// Of the name among those asked for, from 1.
    case place
    case isItemKnown, isLocationKnown, codeSystem, placeSystem

    var selected: String {
        switch self {
        case .place: "name.ord"
        case .isItemKnown: "name.item_id is not null"
        case .isLocationKnown: "name.location_id is not null"
        case .codeSystem: "name.code_system"
        case .placeSystem: "name.place_system"
        }
    }
}

/// What is known of an event id, of row `k` of `event_key`.
enum EventKeyColumn: Int32, SelectedColumn {
    case source, event, fingerprint, verdict, sequence, actor

    var selected: String {
        switch self {
        case .source: "k.source_id"
        case .event: "k.event_id"
        case .fingerprint: "k.fingerprint"
        case .verdict: "k.verdict"
        case .sequence: "k.sequence"
        // Who sent it first, of a parked line.
        case .actor:
            """
            case when k.verdict = \(Verdict.parked.rawValue) then (
                select p.actor_id from parked_line p where p.source_id = k.source_id and p.event_id = k.event_id) end
            """
        }
    }
}

extension Snapshot {
    /// A row of `balanceLock` or `nameRead`.
    /// - Parameter names: in the order asked.
    mutating func add(balance row: Row, of names: [Name]) {
        let key = BalanceKey(balance: row, from: NamedColumn.count)
        balances[key] = Balance(row, from: NamedColumn.count)
        let row = ColumnReader<NamedColumn>(row)
        let name = names[Int(row.int8(.place)) - 1]
        let location = name.place.id ?? LocationID(stored: row.text(.location))
        let isPart = row.bool(.isPart)
        let unitsPerCode = UnitsPerCode(units: row.int8(.unitsPerCode)) ?? .one
        let known = KnownName(
            key: key, sku: SKU(stored: row.text(.sku)), location: location,
            unitsPerCode: isPart ? .one : unitsPerCode,
            itemStatus: ItemStatus(stored: row.text(.status)), isEligible: row.bool(.isEligible),
            itemHoldBack: row.bool(.hasItemRules)
                ? nil
                : ItemHoldBack(
                    safetyStock: row.int8IfPresent(.itemSafetyStock), threshold: row.int8IfPresent(.itemThreshold)),
            placeHoldBack: row.bool(.hasLocationRules)
                ? nil
                : HoldBack(safetyStock: row.int8(.locationSafetyStock), threshold: row.int8(.locationThreshold)))
        guard isPart else {
            self.names[name] = .known(known)
            return
        }
        let part = KnownKit.Part(name: known, quantity: row.int8(.partQuantity))
        if case .kit(var kit)? = self.names[name] {
            kit.parts.append(part)
            self.names[name] = .kit(kit)
            return
        }
        var kit = KnownKit(
            number: ItemNumber(row.int8(.kit)), sku: SKU(stored: row.text(.kitSKU)), location: location,
            unitsPerCode: unitsPerCode, itemStatus: ItemStatus(stored: row.text(.kitStatus)), parts: [part])
        kit.isRestrictedSomewhere = row.bool(.isKitRestricted)
        self.names[name] = .kit(kit)
    }
}
