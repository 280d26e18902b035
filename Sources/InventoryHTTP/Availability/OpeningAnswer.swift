import Inventory
import StrictJSON

extension JSONWriter {
    /// The members `isOpen`, `closesAt` and `opensAt`.
    mutating func opening(_ state: OpenState) {
        let (isOpen, closesAt, opensAt): (Bool?, Timestamp?, Timestamp?) =
            switch state {
            case .unknown: (nil, nil, nil)
            case .open(let until): (true, until, nil)
            case .closed(let until): (false, nil, until)
            }
        field("isOpen", isOpen)
        field("closesAt", closesAt)
        field("opensAt", opensAt)
    }
}
