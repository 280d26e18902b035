-- Sales with event ids of their own: LINES a request, over ITEMS x LOCATIONS balances. Each thread is a source.
local items, locations = tonumber(os.getenv("ITEMS")), tonumber(os.getenv("LOCATIONS"))
local lines, run = tonumber(os.getenv("LINES") or "1"), os.getenv("RUN")
local threads = 0

function setup(thread)
    thread:set("id", threads)
    threads = threads + 1
end

function init(args)
    math.randomseed(os.time() * 100 + id)
    sent = 0
    -- Of today, like the sales of the raw SQL: one that is told more than a day late is listed as such in two indexes more.
    now = os.date("!%Y-%m-%dT%H:%M:%SZ")
    head = '{"source":"till-' .. run .. "-" .. id .. '","lines":['
    headers = { ["Content-Type"] = "application/json", ["Authorization"] = os.getenv("AUTHORIZATION") }
end

local function line(number)
    return string.format(
        '{"eventId":"2026-01-15/%s/%09d","type":"sale","sku":"sku-%06d","location":"loc-%04d","quantity":1,'
            .. '"occurredAt":"%s","reference":"TX%09d"}',
        run, number, math.random(1, items), math.random(1, locations), now, number)
end

function request()
    local body = {}
    for i = 1, lines do
        sent = sent + 1
        body[i] = line(sent)
    end
    return wrk.format("POST", "/v1/movements", headers, head .. table.concat(body, ",") .. "]}")
end
