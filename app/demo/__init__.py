"""Sample mail: records as Amazon SES and Postfix write them, made from a seed and a clock, fed through the real parsers."""
