import Inventory
import InventoryService
import StrictJSON

extension JSONWriter {
    /// - Parameter secret: only in the answer that makes it.
    mutating func webhook(_ stored: Stored<WebhookView>, secret: WebhookSecret? = nil) {
        let view = stored.value
        let webhook = view.webhook
        object {
            $0.field("id", webhook.id.text)
            $0.field("url", webhook.url.text)
            $0.field("description", webhook.description.isEmpty ? nil : webhook.description)
            $0.name("types")
            $0.array(webhook.types.map(\.rawValue).sorted()) { $0.value($1) }
            $0.field("sku", webhook.sku?.text)
            $0.field("location", webhook.location?.text)
            $0.field("group", webhook.group?.text)
            $0.field("channel", webhook.channel?.text)
            $0.field("batchSize", Int64(webhook.batchSize))
            $0.field("enabled", webhook.isEnabled)
            $0.field("client", webhook.reader.client?.text)
            $0.field("createdAt", view.createdAt)
            $0.field("version", stored.version)
            $0.field("secret", secret?.text)
            $0.name("secrets")
            $0.array(view.secrets) { writer, life in
                writer.object {
                    $0.field("createdAt", life.createdAt)
                    $0.field("validUntil", life.validUntil)
                }
            }
            $0.name("delivery")
            $0.progress(view.progress, isEnabled: webhook.isEnabled)
        }
    }

    private mutating func progress(_ progress: WebhookProgress, isEnabled: Bool) {
        object {
            $0.field("state", progress.state(isEnabled: isEnabled))
            $0.field("pausedReason", progress.pause?.reason.rawValue)
            $0.field("pausedAt", progress.pause?.at)
            $0.field("cursor", progress.cursor.description)
            $0.field("failingSince", progress.failingSince)
            $0.field("failures", progress.failures)
            $0.field("nextAttemptAt", progress.nextAttemptAt)
            $0.field("lastError", progress.lastError)
            $0.field("setAside", progress.setAside)
            $0.field("deadLetters", progress.deadLetters)
            $0.name("replay")
            $0.optional(progress.replay) { writer, replay in
                writer.object {
                    $0.field("after", replay.next.description)
                    $0.field("through", replay.through.description)
                }
            }
        }
    }

    mutating func delivery(_ delivery: WebhookDelivery) {
        let attempt = delivery.attempt
        object {
            $0.field("at", delivery.at)
            $0.field("message", attempt.message)
            $0.field("firstEvent", attempt.first.description)
            $0.field("lastEvent", attempt.last.description)
            $0.field("events", attempt.events)
            $0.field("attempt", attempt.attempt)
            $0.field("delivered", attempt.error == nil)
            $0.field("status", attempt.status)
            $0.field("milliseconds", attempt.milliseconds)
            $0.field("error", attempt.error)
        }
    }

    mutating func deadLetter(_ letter: WebhookDeadLetter) {
        object {
            $0.field("event", letter.event.description)
            $0.field("at", letter.at)
            $0.field("attempts", letter.attempts)
            $0.field("error", letter.error)
        }
    }
}

extension WebhookProgress {
    fileprivate func state(isEnabled: Bool) -> String {
        if !isEnabled { return "disabled" }
        if pause != nil { return "paused" }
        return failingSince == nil ? "active" : "failing"
    }
}
