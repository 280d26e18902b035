import InventoryHTTP

extension ClientLimits {
    /// - Parameter isOpen: nobody is asked who they are, so nobody is held back unless a setting says so.
    init(_ read: SettingsReader, isOpen: Bool) {
        self = isOpen ? .none : .usual
        func rate(_ key: String, _ rate: inout RequestRate?, burst: Int = 2) {
            guard let number = read.number(key, in: 0...1_000_000) else { return }
            rate = number == 0 ? nil : RequestRate(perSecond: Int(number), burst: burst * Int(number))
        }
        rate("limit.reads", &reads)
        rate("limit.writes", &writes)
        rate("limit.bulk", &bulk)
        rate("limit.admin", &admin)
        rate("limit.denials", &denials, burst: 10)
        func most(_ key: String, _ most: inout Int?) {
            guard let number = read.number(key, in: 0...1_000_000) else { return }
            most = number == 0 ? nil : Int(number)
        }
        most("limit.requests", &underWayMax)
        most("limit.connections", &connectionsMax)
        most("limit.streams", &eventStreamsMax)
    }
}
