/// A set of rule bits, which interpolates into SQL as its number.
protocol RuleBits: OptionSet, Sendable, CustomStringConvertible where RawValue == Int16 {}

extension RuleBits {
    var description: String { String(rawValue) }
}

/// The bits of `item.rules`: what there is to look for beside the item's own safety stock and threshold. Written by
/// `item_rules_refresh`.
struct ItemRules: RuleBits {
    let rawValue: Int16

    /// Other rules of safety stock than the item's own.
    static let safetyStock = ItemRules(rawValue: 1)
    /// Other thresholds than the item's own.
    static let threshold = ItemRules(rawValue: 2)
    static let ringFence = ItemRules(rawValue: 4)
    /// The item is a kit; no rule is behind this bit.
    static let kit = ItemRules(rawValue: 8)
    /// A sale restriction names the item.
    static let saleRestriction = ItemRules(rawValue: 16)

    /// What changes what is available.
    static let holdsBack: ItemRules = [.safetyStock, .ringFence, .saleRestriction]
    static let any: ItemRules = [.safetyStock, .threshold, .ringFence, .saleRestriction]
    static let thresholdOrKit: ItemRules = [.threshold, .kit]
}

/// The bits of `location.rules`: what there is to look for beside the location's own safety stock and threshold. Written by
/// `place_rules_refresh`. The fourth bit is not the item's fourth bit.
struct LocationRules: RuleBits {
    let rawValue: Int16

    /// Safety stock of a channel or a method.
    static let channelSafetyStock = LocationRules(rawValue: 1)
    /// A threshold of a channel or a method.
    static let channelThreshold = LocationRules(rawValue: 2)
    static let ringFence = LocationRules(rawValue: 4)
    /// The location is silent and units are held back for it; no rule is behind this bit.
    static let silence = LocationRules(rawValue: 8)
    /// A share of each item is held back.
    static let percent = LocationRules(rawValue: 16)
    /// Safety stock of all channels begins or ends some time.
    static let timedSafetyStock = LocationRules(rawValue: 32)
    /// A threshold of all channels begins or ends some time.
    static let timedThreshold = LocationRules(rawValue: 64)
    /// A sale restriction names no item.
    static let saleRestriction = LocationRules(rawValue: 128)

    /// What each item has to be looked at for by itself.
    static let ofEachItem: LocationRules = [.ringFence, .silence, .percent, .saleRestriction]
    /// What `rules_of_balances` says of items that no rule names.
    static let namingNoItem: LocationRules = [.ringFence, .saleRestriction]
}
