import Inventory
import LibPQ

/// What only batches with counts, late facts and changed signs write.
extension ChangesWriter {
    func addCounts(to exchange: inout Exchange) {
        let counts = changes.counts
        if !counts.isEmpty {
            exchange.add(.stockCountAppend) {
                for column in SingleCountColumn.allCases { column.write(counts, to: &$0) }
            }
        }
        let lines = Array(changes.countLines)
        guard !lines.isEmpty else { return }
        exchange.add(.countLineStore) {
            for column in CountLineColumn.allCases { column.write(lines, to: &$0) }
        }
        let stated = lines.filter { $0.value.isStated && $0.key.counted == .onHand }
        guard !stated.isEmpty else { return }
        exchange.add(.countTaskSettle) {
            $0.int8s(stated) { $0.key.balance.item.rawValue }
            $0.int4s(stated) { $0.key.balance.location.rawValue }
            $0.timestamptzs(stated) { $0.key.position.at.microseconds }
        }
    }

    func addAlarms(to exchange: inout Exchange) {
        if changes.pendingAlarms.values.contains(where: { $0 != nil }) {
            exchange.add(.pendingAlarmNote) { writePendingAlarms(to: &$0) }
        }
        let cleared = changes.clearedAlarms
        guard !cleared.isEmpty else { return }
        exchange.add(.pendingAlarmClear) { writeCleared(to: &$0) }
        exchange.add(.pendingAlarmSettle) { $0.texts(cleared) { $0.key } }
    }

    /// The parameters of `pendingAlarmNote`, and those behind the gate's own where it notes alarms.
    func writePendingAlarms(to writer: inout ParameterWriter) {
        let noted = changes.pendingAlarms.compactMap { key, watch in watch.map { (key: key, watch: $0) } }
        writer.int8s(noted) { $0.key.balance.item.rawValue }
        writer.int4s(noted) { $0.key.balance.location.rawValue }
        writer.texts(noted) { $0.key.type.rawValue }
        writer.timestamptzs(noted) { $0.watch.instant.microseconds }
        writer.int8s(noted) { $0.watch.units }
        writer.byteas(noted) { $0.watch.count?.bytes }
        writer.int4s(noted) { Int32($0.watch.line) }
    }

    private func writeCleared(to writer: inout ParameterWriter) {
        let cleared = changes.pendingAlarms.filter { $0.value == nil }.map(\.key)
        writer.int8s(cleared) { $0.balance.item.rawValue }
        writer.int4s(cleared) { $0.balance.location.rawValue }
        writer.texts(cleared) { $0.type.rawValue }
    }
}
