using Godwit.Bench.Generator;

namespace Godwit.Bench.Tests;

public sealed class PublishFormTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(123_456_789)]
    public void Every_entry_has_128_octets_of_data(long number)
    {
        string[] parts = new PublishForm("/publish").Compose(number).Split("\r\n\r\n");

        Assert.StartsWith("POST /publish HTTP/1.1\r\n", parts[0]);
        Assert.Contains("\r\nContent-Length: 128", parts[0]);
        Assert.Equal(128, parts[1].Length);
        Assert.StartsWith($"{{\"n\":{number},", parts[1]);
    }

    [Fact]
    public void A_batch_has_a_line_for_each_entry()
    {
        string[] parts = new PublishBatch("/rt/publish", 3, static number => $"room-{number}").Compose(7).Split("\r\n\r\n");

        Assert.Contains($"\r\nContent-Length: {parts[1].Length}", parts[0]);
        Assert.Equal(["room-7", "room-8", "room-9"], parts[1].TrimEnd().Split('\n').Select(static line => line.Split('"')[3]));
    }

    [Fact]
    public void An_answer_to_a_batch_with_a_fault_in_it_is_noticed()
    {
        PublishBatch batch = new("/rt/publish", 2, static _ => "bench");

        Assert.Null(batch.Fault("{\"position\":\"E-1-M\"}\n{\"position\":\"E-2-M\"}\n"));
        Assert.Equal("1 lines to 2 entries", batch.Fault("{\"position\":\"E-1-M\"}\n"));
        Assert.Contains("room.rate", batch.Fault("{\"position\":\"E-1-M\"}\n{\"code\":\"room.rate\"}\n"));
    }
}
