namespace Godwit.Samples.Chat.Pages;

/// <summary>The page and its files, out of <c>wwwroot</c>, and what every answer says about what pages may do.</summary>
internal static class ChatPages
{
    /// <summary>The page runs and styles itself with its own files, and talks to this server. No text becomes HTML or code.</summary>
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

    /// <summary>Serves the files, and adds the headers to every answer.</summary>
    public static void UsePages(this WebApplication app)
    {
        app.Use(static (context, next) =>
        {
            IHeaderDictionary headers = context.Response.Headers;
            headers.ContentSecurityPolicy = ContentSecurityPolicy;
            headers.XContentTypeOptions = "nosniff";
            headers["Referrer-Policy"] = "no-referrer";
            headers["Cross-Origin-Opener-Policy"] = "same-origin";
            headers["Cross-Origin-Resource-Policy"] = "same-origin";
            return next(context);
        });

        // Asked about anew each time, so that a page never runs with the scripts of an older server.
        var files = new FileServerOptions();
        files.StaticFileOptions.OnPrepareResponse = static file => file.Context.Response.Headers.CacheControl = "no-cache";
        app.UseFileServer(files);
    }
}
