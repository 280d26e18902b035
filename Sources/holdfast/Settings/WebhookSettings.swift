/// Where webhooks may go.
struct WebhookSettings: Sendable {
    /// To addresses of private networks and of this machine, and by plain HTTP.
    var allowsPrivate = false

    init() {}

    init(_ read: SettingsReader) { allowsPrivate = read.isOn("webhook.allow.private") ?? allowsPrivate }
}
