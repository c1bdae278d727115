-- Looks which leases are over, and when the next one is.
return answer(false)
