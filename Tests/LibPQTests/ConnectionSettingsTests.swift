import LibPQ
import Testing

@Suite struct ConnectionSettingsTests {
    @Test func `a URL is read and its secret stays out of what is logged`() throws {
        let settings = try ConnectionSettings(url: "postgresql://u:hunter2@db.example:6543/shop?sslmode=verify-full")
        #expect(settings.endpoint == "db.example:6543/shop")
        let keywords = Dictionary(uniqueKeysWithValues: settings.keywords())
        #expect(keywords["sslmode"] == "verify-full")
        #expect(keywords["password"] == "hunter2")
        #expect(keywords["client_encoding"] == "UTF8")
    }

    @Test(arguments: [
        "postgresql://u:hunter2@[::1/x", "hostname=only", "postgresql://h/d?nonsense=1",
        "postgresql://u:hunter2@h:99999/d",
        "postgresql://u:hunter2@h/d?sslmode=hunter2", "postgresql://h:5432,h:0/d",
    ])
    func `what libpq cannot read is refused without repeating it`(url: String) {
        let error = #expect(throws: InvalidConnectionURL.self) { try ConnectionSettings(url: url) }
        #expect(error?.description.contains("hunter2") == false)
    }
}
