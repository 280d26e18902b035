import Hummingbird
import InventoryService
import StrictJSON

extension Page {
    /// The members that every list has: its elements under their plural, the next cursor, and the total.
    func write(
        to writer: inout JSONWriter, _ plural: StaticString, cursor: CursorCodec, key: (Element) -> String,
        element: (inout JSONWriter, Element) -> Void
    ) {
        writer.name(plural)
        writer.array(elements, element)
        writer.field("nextCursor", hasMore ? elements.last.map { cursor.encode(key($0)) } : nil)
        writer.field("total", total)
    }
}

/// What every resource of master data does alike: PUT answers 201 or 200 with the object and its tag.
func putResponse<Value>(
    _ result: MasterResult<Stored<Value>>, _ write: (inout JSONWriter, Stored<Value>) -> Void
) throws -> Response {
    switch result {
    case .success(let stored):
        return .json(stored.wasCreated ? .created : .ok, headers: [.eTag: stored.tag]) { write(&$0, stored) }
    case .failure(let rejection): throw Problem(rejection)
    }
}

func deleteResponse(_ result: MasterResult<Void>) throws -> Response {
    if case .failure(let rejection) = result { throw Problem(rejection) }
    return Response(status: .noContent)
}

/// One object with its tag; 304 when the client has it.
func getResponse<Value>(
    _ request: Request, _ stored: Stored<Value>?, _ what: String, _ write: (inout JSONWriter, Stored<Value>) -> Void
) throws -> Response {
    guard let stored else { throw Problem.notFound(what) }
    if request.isUnchanged(since: stored.tag) {
        return Response(status: .notModified, headers: [.eTag: stored.tag])
    }
    return .json(headers: [.eTag: stored.tag]) { write(&$0, stored) }
}
