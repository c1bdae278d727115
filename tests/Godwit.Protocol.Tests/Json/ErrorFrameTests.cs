using System.Text;
using Godwit.Protocol.Json;

namespace Godwit.Protocol.Tests.Json;

public class ErrorFrameTests
{
    [Fact]
    public void A_frame_has_only_the_members_that_are_given() => Assert.Equal(
        """{"op":"error","code":"data.json","title":"The data is not JSON."}""",
        Encoding.UTF8.GetString(ErrorFrame.Compose(ErrorCode.DataJson)));

    [Fact]
    public void Room_detail_and_retry_stand_where_they_are_given_and_retry_is_in_milliseconds() => Assert.Equal(
        """{"op":"error","room":"chat:1","code":"store.away","title":"The store does not answer.","detail":"'x' \"y\"","retry":1501}""",
        Encoding.UTF8.GetString(ErrorFrame.Compose(ErrorCode.StoreAway, "chat:1", "'x' \"y\"", TimeSpan.FromMilliseconds(1500.5))));

    [Theory]
    [InlineData("7")]
    [InlineData("-1.50e3")]
    [InlineData("\"a\\u00e9\\/\"")]
    public void The_id_is_written_as_it_came(string id) => Assert.Equal(
        $$"""{"op":"error","id":{{id}},"code":"data.json","title":"The data is not JSON."}""",
        Encoding.UTF8.GetString(ErrorFrame.Compose(ErrorCode.DataJson, id: Encoding.UTF8.GetBytes(id))));

    [Fact]
    public void The_field_stands_behind_the_detail_and_is_escaped() => Assert.Equal(
        """{"op":"error","id":1,"room":"a","code":"room.invalid","title":"The room name is malformed.","detail":"d","field":"rooms.\"a b","retry":5}""",
        Encoding.UTF8.GetString(ErrorFrame.Compose(ErrorCode.RoomInvalid, "a", "d", TimeSpan.FromMilliseconds(5), "1"u8, "rooms.\"a b")));
}
