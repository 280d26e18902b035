import InventoryService
import Testing

@Suite struct WebhookSecretTests {
    /// As the libraries of Standard Webhooks have it among their own tests.
    @Test func `a signature is that of the specification's example`() throws {
        let secret = try #require(WebhookSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
        let signature = secret.signature(
            of: "msg_p5jXN8AQM9LWM0D4loKWxJek", seconds: 1_614_265_330, body: Array(#"{"test": 2432232314}"#.utf8))
        #expect(signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    }

    @Test func `a secret is read back from its text`() throws {
        let drawn = WebhookSecret.draw()
        #expect(WebhookSecret.bytesAllowed.contains(drawn.bytes.count))
        #expect(WebhookSecret(drawn.text) == drawn)
        #expect(WebhookSecret.draw() != drawn)
        for text in ["", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_c2hvcnQ=", "whsec_!"] {
            #expect(WebhookSecret(text) == nil)
        }
    }
}

@Suite struct WebhookURLTests {
    @Test(arguments: [
        ("https://shop.example.com/events", "shop.example.com", 443), ("https://h:8443", "h", 8_443),
        ("http://10.0.0.7:8080/x?y=1", "10.0.0.7", 8_080), ("https://[2001:db8::1]/x", "2001:db8::1", 443),
        ("HTTPS://Shop.Example.com/", "Shop.Example.com", 443),
    ])
    func `a URL is taken apart`(text: String, host: String, port: Int) throws {
        let url = try WebhookURL(text)
        #expect((url.host, url.port) == (host, port))
        #expect(url.text == text)
    }

    @Test(arguments: [
        "", "shop.example.com", "ftp://shop.example.com", "file:///etc/passwd", "http+unix://%2Fsocket/x", "https://",
        "https:///x", "https://user@shop.example.com", "https://user:word@shop.example.com",
        "https://shop.example.com/#a",
        "https://shop.example.com/ x", "https://shöp.example.com/", "https://%31%32%37.0.0.1/", "https://127。0。0。1/",
        "https://a_b.example.com/", "https://h:0/", "https://h:70000/", "https://[fe80::1%25eth0]/",
        "https://" + String(repeating: "a", count: 300) + "/", "https://h/" + String(repeating: "a", count: 2_048),
    ])
    func `what is no plain URL is refused`(text: String) {
        #expect(throws: WebhookURL.Invalid.self) { try WebhookURL(text) }
    }
}

@Suite struct WebhookResponseTests {
    @Test(arguments: [
        (200, "delivered"), (202, "delivered"), (204, "delivered"), (301, "failed"), (307, "failed"), (400, "refused"),
        (401, "refused"), (404, "refused"), (408, "failed"), (410, "gone"), (413, "refused"), (422, "refused"),
        (425, "failed"), (429, "failed"), (500, "failed"), (503, "failed"), (599, "failed"), (101, "failed"),
    ])
    func `a status says what to do next`(status: Int, meaning: String) {
        let found =
            switch WebhookResponse.answered(status: status, retryAfterSeconds: 7).meaning {
            case .delivered: "delivered"
            case .failed: "failed"
            case .refused: "refused"
            case .gone: "gone"
            }
        #expect(found == meaning)
    }
}
