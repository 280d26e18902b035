import Inventory

extension EventData {
    /// What the event is about, in one text: the attribute `subject`.
    package var subjectName: String {
        switch self {
        case .movement(let entry): "\(entry.sku)/\(entry.location)"
        case .availability(let view): "\(view.sku)/\(view.location)"
        case .band(let change):
            switch change.place {
            case .location(let location): "\(change.sku)/\(location)"
            case .group, .network: change.sku.text
            }
        case .reservation(let answer): answer.reservation.id.description
        case .transfer(let answer): answer.transfer.id.description
        case .count(let recorded): recorded.count.id.description
        case .exception(let exception): String(exception.id)
        case .silence(let location, _): location.text
        case .supply(let id, _): id.text
        case .proof(let sku, let location, _): "\(sku)/\(location)"
        case .gone(let id): id
        }
    }

    /// By which events may be spread and still keep the order that matters: the item; of what is about several, the thing.
    package var partitionKey: String {
        switch self {
        case .movement(let entry): entry.sku.text
        case .availability(let view): view.sku.text
        case .band(let change): change.sku.text
        case .supply(let id, let stored): stored?.value.sku.text ?? id.text
        case .proof(let sku, _, _): sku.text
        case .exception(let exception): exception.sku?.text ?? exception.location?.text ?? String(exception.id)
        case .count(let recorded): recorded.count.location.text
        case .reservation, .transfer, .silence, .gone: subjectName
        }
    }
}
