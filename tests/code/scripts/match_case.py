#   comprehend:DetectSentiment *
#   translate:TranslateText *
import sys
import boto3
match sys.argv[1:]:
    case ["sentiment", text]:
        boto3.client("comprehend").detect_sentiment(Text=text, LanguageCode="en")
    case ["translate", text]:
        boto3.client("translate").translate_text(Text=text, SourceLanguageCode="en", TargetLanguageCode="de")
