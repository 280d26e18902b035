import Hummingbird
import Inventory
import InventoryService
import StrictJSON

/// What was shown, or was there, of every item at an instant.
struct PastExportRoutes {
    let store: any PastExportStore
    let slots: StreamSlots

    func add(to router: RouterGroup<AppContext>) {
        router.get("exports/availability", use: availability)
    }

    /// operationId: exportPastAvailability
    @Sendable func availability(_ request: Request, context: AppContext) async throws -> Response {
        var query = Query(request)
        let export = PastExport(from: &query)
        try context.requireOwn(location: export?.location)
        try query.finish()
        guard let export else { throw Problem.invalid(parameter: "asOf", "is required") }
        let slot = try slots.take()
        let start: ItemNumber?
        switch try await store.start(export) {
        case .success(let after): start = after
        case .failure(let refusal): throw Problem(refusal)
        }
        let form = PastExportForm(request)
        let headers: HTTPFields = [
            .contentType: form.mediaType, .vary: "Accept, Accept-Encoding", .cacheControl: "private, no-cache",
        ]
        let store = store
        return .streamed(request, headers: headers, slot: slot, asGzipFile: form == .file) {
            PastExportPages(export: export, form: form, store: store, last: start)
        }
    }
}

extension PastExport {
    /// - Returns: nil where it is not said of when.
    fileprivate init?(from query: inout Query) {
        let instant = query.timestamp("asOf")
        let network = NetworkFilter(from: &query)
        let basis: LedgerFilter.Basis = query.choice("basis") ?? .recorded
        let subject: PastExport.Subject = query.choice("by") ?? .balance
        let location: LocationID? = query.identifier("location")
        let after = query.identifier("after", SKUKind.self)
        if basis == .occurred {
            if network != NetworkFilter() {
                query.report("basis", "occurred says what was there; it takes no group, channel or method")
            }
            if subject == .item {
                query.report(
                    "by",
                    "`item` is not offered with `basis=occurred`, which has figures of single locations only; use `location`"
                )
            }
        }
        guard let instant else { return nil }
        self.init(instant: instant)
        (self.network, self.basis, self.subject) = (network, basis, subject)
        (self.location, self.after) = (location, after)
    }
}

extension Problem {
    fileprivate init(_ refusal: PastExportRefusal) {
        switch refusal {
        case .future: self = .invalid(parameter: "asOf", "is in the future")
        case .group: self = .unknown(parameter: "group", "no location group had this id then")
        case .location: self = .unknown(parameter: "location", "no location had this id then")
        case .item:
            self = .unknown(parameter: "after", "no item has this sku; go on behind the last one that you have whole")
        }
    }
}

/// How it is written: as lines of JSON, for the way or as a file, or as CSV.
private enum PastExportForm {
    case lines, file, csv

    init(_ request: Request) {
        let isFile = request.headers[.accept]?.contains("application/octet-stream") == true
        self = request.acceptsCSV ? .csv : isFile ? .file : .lines
    }

    var mediaType: String {
        switch self {
        case .lines: "application/x-ndjson"
        case .file: "application/octet-stream"
        case .csv: Response.csvType
        }
    }
}

private struct PastExportPages: StreamedPages {
    let export: PastExport
    let form: PastExportForm
    let store: any PastExportStore
    var last: ItemNumber?
    private var isStarted = false
    private var isAtEnd = false

    init(export: PastExport, form: PastExportForm, store: any PastExportStore, last: ItemNumber?) {
        (self.export, self.form, self.store, self.last) = (export, form, store, last)
    }

    mutating func next() async throws -> [UInt8]? {
        if !isStarted, form == .csv {
            isStarted = true
            var text = CSVText()
            text.record(export.subject == .item ? CSVText.itemColumns : CSVText.availabilityColumns)
            return text.bytes
        }
        guard !isAtEnd else { return nil }
        let page = try await store.page(export, after: last)
        (last, isAtEnd) = (page.last, page.last == nil)
        return form == .csv ? csv(page) : lines(page)
    }

    private func lines(_ page: PastExportPage) -> [UInt8] {
        var bytes: [UInt8] = []
        func add(_ write: (inout JSONWriter) -> Void) {
            var writer = JSONWriter(reservingCapacity: 512)
            write(&writer)
            bytes += writer.bytes
            bytes.append(0x0A)
        }
        switch page.rows {
        case .occurred(let balances):
            for balance in balances { add { $0.occurred(balance, asOf: export.instant) } }
        case .known(let items) where export.subject == .item:
            for item in items { add { $0.pastItem(item.item, asOf: export.instant) } }
        case .known(let items):
            for place in items.lazy.flatMap(\.places) { add { $0.availability(place.balance, heard: nil) } }
        }
        return bytes
    }

    private func csv(_ page: PastExportPage) -> [UInt8] {
        var text = CSVText(reservingCapacity: 65_536)
        switch page.rows {
        case .occurred(let balances): for balance in balances { text.occurred(balance, asOf: export.instant) }
        case .known(let items) where export.subject == .item:
            for item in items { text.pastItem(item.item, asOf: export.instant) }
        case .known(let items): for place in items.lazy.flatMap(\.places) { text.availability(place.balance) }
        }
        return text.bytes
    }
}

extension JSONWriter {
    fileprivate mutating func pastItem(_ item: ItemAvailability, asOf: Timestamp) {
        object {
            $0.field("sku", item.sku.text)
            $0.field("name", item.name)
            $0.field("availableToSell", item.availableToSell)
            $0.field("band", item.band.rawValue)
            $0.field("asOf", asOf)
        }
    }
}
