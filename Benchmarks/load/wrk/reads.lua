-- One balance at a time, at random.
local items, locations = tonumber(os.getenv("ITEMS")), tonumber(os.getenv("LOCATIONS"))
local threads = 0

function setup(thread)
    thread:set("id", threads)
    threads = threads + 1
end

function init(args)
    math.randomseed(os.time() * 100 + id)
    -- Of a service that asks who calls.
    headers = { ["Authorization"] = os.getenv("AUTHORIZATION") }
end

function request()
    return wrk.format(
        "GET",
        string.format("/v1/availability/sku-%06d/loc-%04d", math.random(1, items), math.random(1, locations)),
        headers)
end
