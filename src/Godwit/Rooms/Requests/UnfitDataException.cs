namespace Godwit.Rooms.Requests;

/// <summary>The data of a request is not what the application reads it as.</summary>
public sealed class UnfitDataException : Exception
{
    internal UnfitDataException()
        : base("The data of the request is not what it is read as.")
    {
    }
}
