import InventoryService

extension Problem {
    init(_ expired: CursorExpired) {
        self.init(
            .cursorExpired,
            "what stands behind this cursor is no longer kept; read the snapshot again, and go on from its cursor")
    }
}
