-- Spreads requests over wrk.thread's share of ACTORS paths.
local actors, at = tonumber(os.getenv("ACTORS")), 0
function request()
    at = (at * 5 + 7919) % 1000003
    return wrk.format("GET", "/c" .. (at % actors))
end
